"""The 1,797 handwritten digits of the UCI repository, which are shipped with cnn: two IDX files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import FIGURES, PLAIN, Counts, Description, NamedSet, Reading
from cnncli.geometry import Volume
from cnncli.lazy import np

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts

_REMEDY = "leave data.root out: the digits come with cnn"


class Digits(NamedSet):
    """One list of images, of which every fifth is to test on."""

    def find(self, root: Path) -> Path | None:
        """Their folder: below the root, or the root itself."""
        from cnncli.datasets.formats.idx_pair import find_idx

        folders = (root / self.name, root)
        return next((f for f in folders if find_idx(f, self.name, "images")), None)

    def count_images(self, place: Path, reading: Reading) -> Counts:
        """Raises MissingError where the files are not there: they cannot be fetched."""
        from cnncli.datasets.formats.idx_pair import look

        look(place, self.name, _REMEDY)
        return super().count_images(place, reading)

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        from cnncli.datasets.dataset import Parts
        from cnncli.datasets.formats.idx_pair import read_parts

        own, classes, _ = self.description
        (whole,) = read_parts(place, [self.name], own, len(classes), _REMEDY)
        test = np.arange(len(whole.labels)) % 5 == 4
        return Parts(classes, whole.part(~test), whole.part(test))


DIGITS = Digits(
    name="digits",
    description=Description(Volume(8, 8, 1), FIGURES),
    counts=(1_438, 359),
    is_included=True,
)
