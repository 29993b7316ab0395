"""Tables of HTML."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from .elements import element, scrolling


def html_table(name: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Element:
    """Rows of texts under headings; the first column names the row. It scrolls where it is wide.

    name: what a screen reader says of it.
    """
    head = element("tr", *(element("th", heading, scope="col") for heading in headings))
    body = [
        element("tr", element("th", first, scope="row"), *(element("td", text) for text in others))
        for first, *others in rows
    ]
    return scrolling(element("table", element("thead", head), element("tbody", *body)), name)
