"""Sets made of IDX files: MNIST and those in its layout, and the digits shipped with cnn.

MNIST: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits".
Fashion-MNIST: H. Xiao, K. Rasul and R. Vollgraf, arXiv 1708.07747 (2017).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cnncli.datasets.base import NAMED
from cnncli.datasets.dataset import Labels, Parts, Split
from cnncli.datasets.formats.expansion import (
    as_many,
    count_classes,
    few_enough,
    labels_below,
    no_bomb,
    numbered,
)
from cnncli.datasets.formats.idx import read_idx, read_shape
from cnncli.datasets.problems import absent, fault
from cnncli.geometry import Volume

_REMEDY = "put MNIST's four files or your own by their names (-ubyte or -ubyte.gz) there"
PLACES = {
    "mnist": ("mnist", "MNIST/raw", ""),
    "fashion_mnist": ("fashion_mnist", "FashionMNIST/raw"),
}
"""The folders below a data root where a set is looked for; that of Fashion-MNIST must be its own,
for its files are called like those of MNIST."""
_SPLITS = ("train", "t10k")
_DIGITS_REMEDY = "get the folder data/digits of the project, or set data.root to it"


@dataclass(frozen=True)
class Found:
    """A published set, in a folder that has all its files."""

    name: str
    path: Path

    def read(self) -> Parts:
        """Images and labels. Raises DataError for files that are not as they should be."""
        size, classes = NAMED[self.name]
        train, test = _splits(self.path, _SPLITS, size, len(classes), _REMEDY)
        return Parts(classes, train, test)


def find(name: str, root: Path) -> Found | None:
    """The first of the set's places that holds all four files."""
    for place in PLACES[name]:
        folder = root / place
        if all(_path(folder, part, kind) for part in _SPLITS for kind in ("images", "labels")):
            return Found(name, folder)
    return None


def find_idx(folder: Path, part: str, kind: str, remedy: str) -> Path:
    """The file of a part's images or labels. Raises DataError where there is none."""
    if found := _path(folder, part, kind):
        return found
    raise absent(folder / f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte", remedy)


def _path(folder: Path, part: str, kind: str) -> Path | None:
    """PART-images-idx3-ubyte or PART-labels-idx1-ubyte, plain or .gz; colour images have idx4."""
    ranks = (1,) if kind == "labels" else (3, 4)
    for rank in ranks:
        for separator in "-.":
            for ending in ("", ".gz"):
                path = folder / f"{part}-{kind}{separator}idx{rank}-ubyte{ending}"
                if path.is_file():
                    return path
    return None


def describe(root: Path) -> tuple[Volume, tuple[str, ...]]:
    """Image size and classes of one's own set; the images themselves are not read."""
    train = _look(root, "train", _REMEDY)
    classes = count_classes(train.labels, _labels(train), _REMEDY)
    return train.size, numbered(classes)


def load_own(root: Path) -> Parts:
    """A set of one's own, with train- and t10k-files."""
    size, classes = describe(root)
    train, test = _splits(root, _SPLITS, size, len(classes), _REMEDY)
    return Parts(classes, train, test)


def load_digits(root: Path) -> Parts:
    """The 1,797 digits: one list, of which every fifth is to test on."""
    size, classes = NAMED["digits"]
    folder = find_digits(root) or root
    (whole,) = _splits(folder, ("digits",), size, len(classes), _DIGITS_REMEDY)
    test = np.arange(len(whole.labels)) % 5 == 4
    train, held = (Split(whole.images[part], whole.labels[part]) for part in (~test, test))
    return Parts(classes, train, held)


def find_digits(root: Path) -> Path | None:
    """Their folder: below the root, or the root itself."""
    folders = (root / "digits", root)
    return next((folder for folder in folders if _path(folder, "digits", "images")), None)


class _Part(NamedTuple):
    """The files of a part, whose headers agree, and the images' shape (N, H, W, C)."""

    images: Path
    labels: Path
    shape: tuple[int, ...]

    @property
    def size(self) -> Volume:
        _, height, width, channels = self.shape
        return Volume(width, height, channels)


def _look(folder: Path, part: str, remedy: str) -> _Part:
    images, labels = (find_idx(folder, part, kind, remedy) for kind in ("images", "labels"))
    count, height, width, *channels = read_shape(images, (3, 4))
    (labelled,) = read_shape(labels, (1,))
    few_enough(labels, labelled, remedy)
    as_many(labels, count, labelled, remedy)
    return _Part(images, labels, (count, height, width, *(channels or [1])))


def _splits(
    folder: Path, names: Sequence[str], size: Volume, classes: int, remedy: str
) -> list[Split]:
    """The images and labels of some parts; all is looked at before any images are read."""
    parts = [_look(folder, name, remedy) for name in names]
    for part in parts:
        if part.size != size:
            raise fault(part.images, f"images of {size}", str(part.size), remedy)
    numbers = sum(math.prod(part.shape) for part in parts)
    files = sum(part.images.stat().st_size for part in parts)
    no_bomb(folder, numbers, files, "unzip the files first")
    labels = [_labels(part) for part in parts]
    for part, own in zip(parts, labels, strict=True):
        labels_below(part.labels, own, classes, remedy)
    return [
        Split(read_idx(part.images, (3, 4)).reshape(part.shape), own)
        for part, own in zip(parts, labels, strict=True)
    ]


def _labels(part: _Part) -> Labels:
    return read_idx(part.labels, (1,)).astype(np.int64)
