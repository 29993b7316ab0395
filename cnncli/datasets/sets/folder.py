"""One's own images in a folder for each class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import DataSet, Description, Reading

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts


class Folder(DataSet):
    """train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone."""

    def describe(self, root: Path, reading: Reading) -> Description:
        """By the folders' names, and the first image where no size is given."""
        from cnncli.datasets.formats import image_folder

        return Description(*image_folder.describe(root, reading.size))

    def load(self, place: Path, reading: Reading = Reading()) -> Parts:
        from cnncli.datasets.formats import image_folder

        return image_folder.load(place, reading.size, reading.memory)


FOLDER = Folder(name="folder", options=("size", "memory"))
