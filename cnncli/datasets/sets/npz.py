"""One's own images in a NumPy archive: x_train, y_train, x_test and y_test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import PLAIN, Counts, DataSet, Description, Reading

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts
    from cnncli.datasets.labelled import Labelled


class Npz(DataSet):
    """`data.root` is the file."""

    def describe(self, root: Path, reading: Reading) -> Description:
        """By the headers and the labels to train on; the images themselves are not read."""
        from cnncli.datasets.formats.npz import npz_archive

        return Description(*npz_archive.describe(root, reading.layout))

    def count_images(self, place: Path, reading: Reading) -> Counts:
        from cnncli.datasets.formats.npz import npz_archive

        return npz_archive.count_images(place, reading.layout)

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        from cnncli.datasets.formats.npz import npz_archive

        return npz_archive.load(place, reading.layout)

    def part(self, place: Path, reading: Reading, name: str) -> Labelled:
        from cnncli.datasets.formats.npz import npz_archive

        return npz_archive.part(place, reading.layout, name)


NPZ = Npz(name="npz", options=("classes", "layout"))
