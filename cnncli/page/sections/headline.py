"""What was reached, at what cost."""

from cnncli.graph.costs.totals import totals
from cnncli.page.markup import element
from cnncli.page.section import Section
from cnncli.page.subject import Subject
from cnncli.text import count


def headline(subject: Subject) -> Section:
    """A few numbers."""
    total = totals(subject.graph)
    return Section("headline", "At a glance", [element("p", count(total.parameters, "parameter"))])
