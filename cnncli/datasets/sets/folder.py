"""One's own images in a folder for each class."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnncli.datasets.base import DataSet, Description
from cnncli.geometry import Volume

if TYPE_CHECKING:
    from cnncli.datasets.dataset import Parts


class Folder(DataSet):
    """train/CLASS/*.png and test/CLASS/*.png, or CLASS/*.png alone."""

    def describe(self, root: Path, size: Volume | None) -> Description:
        """By the folders' names, and the first image where no size is given."""
        from cnncli.datasets.formats import image_folder

        return Description(*image_folder.describe(root, size))

    def load(self, place: Path, size: Volume | None = None, memory: int | None = None) -> Parts:
        from cnncli.datasets.formats import image_folder

        return image_folder.load(place, size, memory)


FOLDER = Folder(name="folder", options=("size", "memory"))
