"""The stand-in that needs no files: ten figures, drawn by the program (painting.py)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import PLAIN, Description, NamedSet, Reading
from cnncli.geometry import Volume

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts


class Patterns(NamedSet):
    """The classes take turns; train and test are parts 0 and 1 of what can be drawn."""

    def find(self, root: Path) -> Path | None:
        return None

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        from cnncli.datasets.dataset import Parts
        from cnncli.datasets.painting import draw

        classes = self.description.classes
        train, test = (draw(count, k, classes) for k, count in enumerate(self.counts))
        return Parts(classes, train, test)


PATTERNS = Patterns(
    name="patterns",
    description=Description(
        Volume(32, 32, 3),
        ("disc", "ring", "square", "triangle", "star", "cross", "crescent", "stripes", "checker",
         "dots"),
    ),
    counts=(10_000, 2_000),
    is_drawn=True,
)  # fmt: skip
