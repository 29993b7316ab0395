"""One's own images by a table: the files and their classes, or the pixels themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import PLAIN, Counts, DataSet, Description, Reading

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts
    from cnncli.datasets.labelled import Labelled


class OwnCsv(DataSet):
    """`data.root` is the table; the files that it names are below its folder."""

    def describe(self, root: Path, reading: Reading) -> Description:
        """By the table, and the first image where no size is given."""
        from cnncli.datasets.formats import csv_images

        return csv_images.describe(root, reading)

    def count_images(self, place: Path, reading: Reading) -> Counts:
        from cnncli.datasets.formats import csv_images

        return csv_images.count_images(place, reading)

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        from cnncli.datasets.formats import csv_images

        return csv_images.load(place, reading)

    def part(self, place: Path, reading: Reading, name: str) -> Labelled:
        from cnncli.datasets.formats import csv_images

        return csv_images.part(place, reading, name)


CSV = OwnCsv(
    name="csv",
    options=(
        "classes", "size", "resize", "memory", "background", "damaged", "layout", "file_column",
        "label_column", "group",
    ),
)  # fmt: skip
