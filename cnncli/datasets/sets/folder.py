"""One's own images in a folder for each class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import PLAIN, Counts, DataSet, Description, Reading

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts
    from cnncli.datasets.labelled import Labelled


class Folder(DataSet):
    """train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone."""

    def describe(self, root: Path, reading: Reading) -> Description:
        """By the folders' names, and the first image where no size is given."""
        from cnncli.datasets.formats import image_folder

        return image_folder.describe(root, reading)

    def count_images(self, place: Path, reading: Reading) -> Counts:
        from cnncli.datasets.formats import image_folder

        return image_folder.count_images(place)

    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        from cnncli.datasets.formats import image_folder

        return image_folder.load(place, reading)

    def part(self, place: Path, reading: Reading, name: str) -> Labelled:
        from cnncli.datasets.formats import image_folder

        return image_folder.part(place, reading, name)


FOLDER = Folder(
    name="folder", options=("size", "resize", "memory", "background", "damaged", "group")
)
