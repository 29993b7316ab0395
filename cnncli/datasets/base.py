"""What a data set is: one frozen dataclass with its names, its files and the way to read them."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from cnncli.geometry import Volume

from .download.published_file import PublishedFile

if TYPE_CHECKING:
    from .dataset import Parts
    from .labelled import Labelled

FIGURES = tuple("0123456789")
"""The classes of sets of figures."""


class Description(NamedTuple):
    """What a network needs to know of a data set: the size of an image, and the classes.

    has_validation: the set comes with images of its own for validation.
    """

    size: Volume
    classes: tuple[str, ...]
    has_validation: bool = False


class Counts(NamedTuple):
    """How many images each part of a set holds; None: its files have no such part.

    of_classes: without a part to test on, those of each class to train on, by its name.
    """

    train: int
    test: int | None
    validation: int | None = None
    of_classes: Mapping[str, int] = {}


class Reading(NamedTuple):
    """How images are read, for sets whose `options` say that they can.

    size: to which all are scaled, and resize: how, where their proportions are others. memory: MiB
    of images; what takes more may stay on the disk. background: the colour behind transparent
    pixels. skips_damaged: files that cannot be read are left out. classes: the order of the
    classes, where it is given; None: natural. layout: in which order the sizes of an array of
    images stand. file_column, label_column: of a table, what its columns are called. every_fifth:
    file of a class is to test on, where there is no part for it, as in runs of earlier versions.
    shrink: how larger images are scaled, by bicubic curves or by the mean of the pixels that become
    one.
    """

    size: Volume | None = None
    resize: Literal["stretch", "crop", "pad"] = "stretch"
    memory: int | None = None
    background: str = "white"
    skips_damaged: bool = False
    classes: tuple[str, ...] | None = None
    file_column: str | None = None
    label_column: str | None = None
    layout: Literal["nhwc", "nchw"] | None = None
    every_fifth: bool = False
    shrink: Literal["bicubic", "mean"] = "bicubic"


PLAIN = Reading()
"""As the files are."""


@dataclass(frozen=True, kw_only=True)
class DataSet(ABC):
    """A data set, which datasets/sets/ holds as a value in a file; there is no other list of them.

    description: of a set that has one without its files. counts: its images to train and to test
    on. home: its page, and files: what was published there, for `cnn data fetch`. places: where
    below a root it is looked for, and by_hand: which files to put there. options: the keys of the
    section `data` that only some sets take, such as size, memory and classes. is_drawn: by the
    program, so that it has no files. is_included: its files come with the program.
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
    is_included: bool = False

    @property
    def download_size(self) -> int:
        """Bytes of all files that are fetched."""
        return sum(file.size for file in self.files)

    def find(self, root: Path) -> Path | None:
        """Where its files are, below the root or the root itself; None where they are not."""
        return root if os.path.exists(root) else None

    @abstractmethod
    def describe(self, root: Path, reading: Reading) -> Description:
        """Image size and classes; images are scaled to the reading's size, if given.

        Raises DataError where that takes files, and they are missing or damaged.
        """

    @abstractmethod
    def count_images(self, place: Path, reading: Reading) -> Counts:
        """How many images `load` would read, damaged ones among them; none is read.

        Raises DataError where that takes files, and they are missing or damaged.
        """

    @abstractmethod
    def load(self, place: Path, reading: Reading = PLAIN) -> Parts:
        """All images and labels.

        place: as found, or else the root. Raises DataError for files that are missing or not as
        they should be.
        """

    def part(self, place: Path, reading: Reading, name: str) -> Labelled:
        """The images of one part: train, validation or test; of a set without parts all.

        Others need not be there, for sets of one's own. Raises DataError as above, and where there
        is no such part.
        """
        from .labelled import Labelled, choose

        parts = self.load(place, reading)
        found, split = choose(place, parts.splits, name)
        return Labelled(split, parts.classes, found, parts.remarks)


@dataclass(frozen=True, kw_only=True)
class NamedSet(DataSet):
    """A set whose images and classes are known without its files."""

    description: Description
    counts: tuple[int, int]

    def describe(self, root: Path, reading: Reading) -> Description:
        return self.description

    def count_images(self, place: Path, reading: Reading) -> Counts:
        return Counts(*self.counts)
