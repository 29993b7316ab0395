"""The pages of the documentation, and the parts of them that are generated.

A part stands between `<!-- generated: WHAT -->` and `<!-- end -->`. WHAT is a command of `cnn`,
whose output is shown, or the name of a table. Run as a script (`make pages`), this renews every
part of every page.
"""

import re
from collections.abc import Callable
from pathlib import Path

from command_help import command_help
from measured_tables import accuracy, accuracy_by_run, curve, evaluation, memory, steps
from rooms import rooms
from transcripts import ROOT, Transcripts

from cnncli.spec.reference import reference

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("data/README.md"),
        *ROOT.glob("data/digits/*.md"),
    ]
)
TABLES: dict[str, Callable[[], str]] = {
    "reference": reference,
    "commands": command_help,
    "rooms": rooms,
    "accuracy": accuracy,
    "accuracy of each run": accuracy_by_run,
    "learning curve": curve,
    "training step": steps,
    "class scores": evaluation,
    "memory": memory,
}
_PART = re.compile(r"(<!-- generated: (.+?) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def render(text: str, transcripts: Transcripts) -> str:
    """The text with each part between its two comments as it should be now."""
    return _PART.sub(lambda part: part[1] + _part(part[2], part[3], transcripts) + part[4], text)


def generated(text: str) -> list[str]:
    """What the page has generated, in order."""
    return [part[2] for part in _PART.finditer(text)]


def _part(what: str, before: str, transcripts: Transcripts) -> str:
    if what in TABLES:
        return f"\n{TABLES[what]().strip()}\n\n"
    return transcripts.of(what, before)


def renew(page: Path) -> None:
    """Writes the page with its parts as they should be now."""
    with Transcripts() as transcripts:
        page.write_text(render(page.read_text(), transcripts))


if __name__ == "__main__":
    for page in PAGES:
        renew(page)
