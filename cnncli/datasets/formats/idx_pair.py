"""Images and labels in two IDX files each: those of a part of a set (train, t10k)."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cnncli.datasets.dataset import Split
from cnncli.datasets.problems import absent, problem
from cnncli.geometry import Volume
from cnncli.lazy import Labels, np

from .expansion import as_many, check_ratio, labels_below
from .idx import read_idx, read_shape


def find_idx(folder: Path, part: str, kind: str) -> Path | None:
    """PART-images-idx3-ubyte or PART-labels-idx1-ubyte, plain or .gz; colour images have idx4."""
    ranks = (1,) if kind == "labels" else (3, 4)
    for rank in ranks:
        for separator in "-.":
            for ending in ("", ".gz"):
                path = folder / f"{part}-{kind}{separator}idx{rank}-ubyte{ending}"
                if os.path.isfile(path):
                    return path
    return None


def there(folder: Path, part: str) -> bool:
    """Whether the files of the part are there."""
    return all(find_idx(folder, part, kind) for kind in ("images", "labels"))


def has_parts(folder: Path, parts: Sequence[str]) -> bool:
    """Whether all files of the parts are there."""
    return all(there(folder, part) for part in parts)


def prefix_of(path: Path) -> str | None:
    """The part whose images the file holds, by its name; None: it is called otherwise."""
    found = re.fullmatch(r"(.+)-images[-.]idx[34]-ubyte(\.gz)?", path.name)
    return found[1] if found else None


class IdxPair(NamedTuple):
    """The files of a part, whose headers agree, and the images' shape (N, H, W, C)."""

    images: Path
    labels: Path
    shape: tuple[int, ...]

    @property
    def size(self) -> Volume:
        """Of an image."""
        _, height, width, channels = self.shape
        return Volume(width, height, channels)

    def read_labels(self) -> Labels:
        """(N,)."""
        return read_idx(self.labels, (1,)).astype(np.int64)


def look(folder: Path, part: str, remedy: str) -> IdxPair:
    """A part by its headers. Raises MissingError, and DataError where they do not agree."""
    images, labels = (_existing(folder, part, kind, remedy) for kind in ("images", "labels"))
    count, height, width, *channels = read_shape(images, (3, 4))
    (labelled,) = read_shape(labels, (1,))
    as_many(labels, count, labelled, remedy)
    return IdxPair(images, labels, (count, height, width, *(channels or [1])))


def _existing(folder: Path, part: str, kind: str, remedy: str) -> Path:
    if found := find_idx(folder, part, kind):
        return found
    raise absent(folder / f"{part}-{kind}-idx{3 if kind == 'images' else 1}-ubyte", remedy)


def read_parts(
    folder: Path, names: Sequence[str], size: Volume | None, classes: int, remedy: str
) -> list[Split]:
    """The images and labels of some parts; all is looked at before any images are read.

    size: that of each image; None: any.
    """
    parts = [look(folder, name, remedy) for name in names]
    for part in parts:
        if size and part.size != size:
            raise problem(part.images, f"images of {size}", str(part.size), remedy)
    numbers = sum(math.prod(part.shape) for part in parts)
    files = sum(part.images.stat().st_size for part in parts)
    check_ratio(folder, numbers, files, "unzip the files first")
    labels = [part.read_labels() for part in parts]
    for part, own in zip(parts, labels, strict=True):
        labels_below(part.labels, own, classes, remedy)
    return [
        Split(read_idx(part.images, (3, 4)).reshape(part.shape), own)
        for part, own in zip(parts, labels, strict=True)
    ]
