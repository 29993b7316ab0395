"""One's own images in a NumPy archive: x_train, y_train, x_test and y_test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnncli.datasets.base import DataSet, Description
from cnncli.datasets.dataset import Parts
from cnncli.datasets.formats import npz_archive
from cnncli.geometry import Volume


@dataclass(frozen=True)
class Npz(DataSet):
    """`data.root` is the file."""

    def describe(self, root: Path, size: Volume | None) -> Description:
        """By the headers and y_train; the images themselves are not read."""
        return Description(*npz_archive.describe(root))

    def load(self, place: Path, size: Volume | None = None, memory: int | None = None) -> Parts:
        """The whole archive."""
        return npz_archive.load(place)


NPZ = Npz(name="npz", options=("classes",))
