"""SVHN, house numbers cut out to single figures (Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu
and A. Y. Ng: Reading digits in natural images with unsupervised feature learning, 2011).
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnncli.datasets.base import NAMED
from cnncli.datasets.dataset import Images, Labels, Parts, Split
from cnncli.datasets.formats.expansion import labels_below, no_bomb
from cnncli.datasets.formats.mat import Kind, MatError, arrays, kinds
from cnncli.datasets.problems import fault, unreadable

HOME = "https://ufldl.stanford.edu/housenumbers/"
FILES: tuple[str, str] = ("train_32x32.mat", "test_32x32.mat")
_REMEDY = f"get it again from {HOME}"
_FORM = "X (32, 32, 3, N) of bytes and y (N, 1) of numbers"
MOST_BYTES = 3 * 2**27
"""The most that X of both files may hold: those that were published have 305 million."""
_PIECE = 1_000
"""Images that are turned in one go."""
_NOTHING = Kind((), "")


@dataclass(frozen=True)
class Found:
    """The folder that holds both files."""

    path: Path

    def read(self) -> Parts:
        """Images (N, 32, 32, 3) and labels. Raises DataError for files not as they should be."""
        paths = [self.path / file for file in FILES]
        size = sum(_size(path) for path in paths)
        if size > MOST_BYTES:
            raise fault(self.path, f"at most {MOST_BYTES:,} bytes of images", f"{size:,}", _REMEDY)
        no_bomb(self.path, size, sum(path.stat().st_size for path in paths), _REMEDY)
        labels = [_labels(path) for path in paths]
        train, test = (Split(_images(path), own) for path, own in zip(paths, labels, strict=True))
        return Parts(NAMED["svhn"].classes, train, test)


def find(root: Path) -> Found | None:
    """In the root's folder `svhn`, or in the root itself."""
    for folder in (root / "svhn", root):
        if all((folder / file).is_file() for file in FILES):
            return Found(folder)
    return None


def _size(path: Path) -> int:
    """Bytes of X, if the file holds arrays as it should; no memory is taken for them yet."""
    with _told(path):
        found = kinds(path)
    X, y = (found.get(name, _NOTHING) for name in ("X", "y"))
    if not _is_svhn(X, y):
        listed = ", ".join(f"{name} {kind.shape} of {kind.name}" for name, kind in found.items())
        raise fault(path, _FORM, listed or "nothing", _REMEDY)
    return math.prod(X.shape)


def _is_svhn(X: Kind, y: Kind) -> bool:
    return (
        X.name == "uint8"
        and y.name in ("uint8", "int32", "double")
        and len(X.shape) == 4
        and X.shape[:3] == (32, 32, 3)
        and y.shape == (X.shape[3], 1) != (0, 1)
    )


def _labels(path: Path) -> Labels:
    """y, in which 10 stands for the figure 0."""
    with _told(path):
        y = arrays(path, ["y"])["y"].reshape(-1)
    with np.errstate(invalid="ignore"):
        labels = y.astype(np.int64)
    wrong = np.flatnonzero(labels != y)
    if len(wrong):
        found = f"{y[wrong[0]]} at record {wrong[0]:,}"
        raise fault(path, "whole numbers as labels", found, _REMEDY)
    labels_below(path, labels - 1, 10, "labels go from 1 to 10, which stands for the figure 0")
    return labels % 10


def _images(path: Path) -> Images:
    """X as (N, 32, 32, 3), in the memory into which it was read."""
    with _told(path):
        X = arrays(path, ["X"])["X"]
    if X.dtype != np.uint8:
        raise fault(path, _FORM, f"X stored as {X.dtype}", _REMEDY)
    stored = X.transpose(3, 2, 1, 0)  # (N, C, W, H), as the numbers lie
    images = stored.reshape(len(stored), 32, 32, 3)
    for start in range(0, len(stored), _PIECE):
        piece = slice(start, start + _PIECE)
        images[piece] = stored[piece].transpose(0, 3, 2, 1).copy()
    return images


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unreadable(path, error) from None
    except MatError as error:
        raise fault(path, "a whole MATLAB file", f"damage ({error})", _REMEDY) from None
