"""CIFAR-10 and CIFAR-100: where their files are, in which layout, and what they hold.

Both were published by A. Krizhevsky (Learning multiple layers of features from tiny images, 2009)
at https://www.cs.toronto.edu/~kriz/cifar.html, in a binary layout and as Python pickles.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnncli.datasets.base import NAMED
from cnncli.datasets.dataset import Images, Labels, Parts, Split
from cnncli.datasets.formats import cifar_pickle
from cnncli.datasets.formats.archive import read_archive, read_folder
from cnncli.datasets.formats.expansion import labels_below

from . import cifar_binary

HOME = "https://www.cs.toronto.edu/~kriz/cifar.html"
REMEDY = f"get it again from {HOME}"
_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))


@dataclass(frozen=True)
class Layout:
    """How a set's files are called, and what turns one file into flat images and labels."""

    folder: str
    archive: str
    train: tuple[str, ...]
    test: tuple[str, ...]
    decode: Callable[[str, bytes], tuple[Images, Labels]]


LAYOUTS = {
    "cifar10": (
        Layout(
            "cifar-10-batches-bin",
            "cifar-10-binary.tar.gz",
            tuple(f"{batch}.bin" for batch in _BATCHES),
            ("test_batch.bin",),
            cifar_binary.decode10,
        ),
        Layout(
            "cifar-10-batches-py",
            "cifar-10-python.tar.gz",
            _BATCHES,
            ("test_batch",),
            cifar_pickle.decode10,
        ),
    ),
    "cifar100": (
        Layout(
            "cifar-100-binary",
            "cifar-100-binary.tar.gz",
            ("train.bin",),
            ("test.bin",),
            cifar_binary.decode100,
        ),
        Layout(
            "cifar-100-python",
            "cifar-100-python.tar.gz",
            ("train",),
            ("test",),
            cifar_pickle.decode100,
        ),
    ),
}


@dataclass(frozen=True)
class Found:
    """A set's files at a path: a folder that holds them, or an archive."""

    name: str
    layout: Layout
    path: Path

    def read(self) -> Parts:
        """Images (N, 32, 32, 3) and labels. Raises DataError for files not as they should be."""
        place, files = self._files()
        classes = NAMED[self.name].classes
        train, test = (
            _split(self.layout, place, names, files, len(classes))
            for names in (self.layout.train, self.layout.test)
        )
        return Parts(classes, train, test)

    def _files(self) -> tuple[Path, dict[str, bytes]]:
        """The folder that the files are in, for messages, and their bytes."""
        names = self.layout.train + self.layout.test
        if self.path.is_dir():
            return self.path, read_folder(self.path, names, REMEDY)
        folder = self.layout.folder
        return self.path / folder, read_archive(self.path, folder, names, REMEDY)


def find(name: str, root: Path) -> Found | None:
    """Folders below the root come first, then the root itself, then archives."""
    layouts = LAYOUTS[name]
    for layout in layouts:
        if (root / layout.folder).is_dir():
            return Found(name, layout, root / layout.folder)
    for layout in layouts:
        if any((root / file).is_file() for file in layout.train + layout.test):
            return Found(name, layout, root)
    for layout in layouts:
        if (root / layout.archive).is_file():
            return Found(name, layout, root / layout.archive)
    return None


def _split(
    layout: Layout, place: Path, names: tuple[str, ...], files: dict[str, bytes], classes: int
) -> Split:
    """The images of some files, whose bytes are dropped when they were read."""
    batches = []
    for name in names:
        flat, labels = layout.decode(str(place / name), files.pop(name))
        labels_below(place / name, labels, classes, REMEDY)
        batches.append((flat, labels))
    images = np.empty((sum(len(labels) for _, labels in batches), 32, 32, 3), np.uint8)
    start = 0
    for flat, labels in batches:
        # Each image is stored as three planes: red, green, blue.
        planes = flat.reshape(-1, 3, 32, 32)
        images[start : start + len(labels)] = planes.transpose(0, 2, 3, 1)
        start += len(labels)
    return Split(images, np.concatenate([labels for _, labels in batches]))
