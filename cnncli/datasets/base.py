"""What a data set is: one frozen dataclass with its names, its files and the way to read them."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnncli.geometry import Volume

from .download.published_file import PublishedFile

if TYPE_CHECKING:
    from .dataset import Parts

FIGURES = tuple("0123456789")
"""The classes of sets of figures."""


class Description(NamedTuple):
    """What a network needs to know of a data set: the size of an image, and the classes."""

    size: Volume
    classes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class DataSet(ABC):
    """A data set, which datasets/sets/ holds as a value in a file; there is no other list of them.

    description: of a set that has one without its files. counts: its images to train and to test
    on. home: its page, and files: what was published there, for `cnn data fetch`. places: where
    below a root it is looked for, and by_hand: which files to put there. options: the keys of the
    section `data` that only some sets take, of size, memory and classes. is_drawn: by the program,
    so that it has no files.
    """

    name: str
    description: Description | None = None
    counts: tuple[int, int] | None = None
    home: str = ""
    files: tuple[PublishedFile, ...] = ()
    places: str = ""
    by_hand: str = ""
    options: tuple[str, ...] = ()
    is_drawn: bool = False

    @property
    def download_size(self) -> int:
        """Bytes of all files that are fetched."""
        return sum(file.size for file in self.files)

    def find(self, root: Path) -> Path | None:
        """Where its files are, below the root or the root itself; None where they are not."""
        return root if os.path.exists(root) else None

    @abstractmethod
    def describe(self, root: Path, size: Volume | None) -> Description:
        """Image size and classes; images are scaled to `size`, if given.

        Raises DataError where that takes files, and they are missing or damaged.
        """

    @abstractmethod
    def load(self, place: Path, size: Volume | None = None, memory: int | None = None) -> Parts:
        """All images and labels; what takes more than `memory` MiB may stay on the disk.

        place: as found, or else the root. Raises DataError for files that are missing or not as
        they should be.
        """


@dataclass(frozen=True, kw_only=True)
class NamedSet(DataSet):
    """A set whose images and classes are known without its files."""

    description: Description
    counts: tuple[int, int]

    def describe(self, root: Path, size: Volume | None) -> Description:
        return self.description
