"""SVHN, house numbers cut out to single figures (Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu
and A. Y. Ng: Reading digits in natural images with unsupervised feature learning, 2011).
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .catalogue import NAMED
from .checks import labels_below, paired
from .dataset import Images, Labels, Parts, Split
from .faults import fault, unreadable
from .mat import Kind, MatError, arrays, kinds

HOME = "https://ufldl.stanford.edu/housenumbers/"
FILES = ("train_32x32.mat", "test_32x32.mat")
_REMEDY = f"get it again from {HOME}"
_FORM = "X (32, 32, 3, N) of bytes and y (N, 1) of numbers"
MOST_BYTES = 2**28
"""The most that X may hold: that of the training set has 225 million."""
_NOTHING = Kind((), "")


@dataclass(frozen=True)
class Found:
    """The folder that holds both files."""

    path: Path

    def read(self) -> Parts:
        """Images (N, 32, 32, 3) and labels. Raises DataError for files not as they should be."""
        train, test = (_split(self.path / file) for file in FILES)
        return Parts(NAMED["svhn"].classes, train, test)


def find(root: Path) -> Found | None:
    """In the root's folder `svhn`, or in the root itself."""
    for folder in (root / "svhn", root):
        if all((folder / file).is_file() for file in FILES):
            return Found(folder)
    return None


def _split(path: Path) -> Split:
    X, labels = _arrays(path)
    images = np.ascontiguousarray(X.transpose(3, 0, 1, 2))
    labels_below(path, labels - 1, 10, "labels go from 1 to 10, which stands for the figure 0")
    return paired(path, images, labels % 10, _REMEDY)


def _arrays(path: Path) -> tuple[Images, Labels]:
    """X and y, whose shapes are known before any memory is taken for them."""
    try:
        found = kinds(path)
        if not _is_svhn(*(found.get(name, _NOTHING) for name in ("X", "y"))):
            listed = ", ".join(
                f"{name} {kind.shape} of {kind.name}" for name, kind in found.items()
            )
            raise fault(path, _FORM, listed or "nothing", _REMEDY)
        content = arrays(path, ("X", "y"))
    except OSError as error:
        raise unreadable(path, error) from None
    except MatError as error:
        raise fault(path, "a whole MATLAB file", f"damage ({error})", _REMEDY) from None
    X, y = content["X"], content["y"].reshape(-1)
    with np.errstate(invalid="ignore"):
        labels = y.astype(np.int64)
    if X.dtype != np.uint8 or (labels != y).any():
        raise fault(path, _FORM, f"X of {X.dtype}, y of {y.dtype} with fractions", _REMEDY)
    return X, labels


def _is_svhn(X: Kind, y: Kind) -> bool:
    return (
        X.name == "uint8"
        and y.name in ("uint8", "int32", "double")
        and X.shape[:3] == (32, 32, 3)
        and (*X.shape[3:], 1) == y.shape
        and math.prod(X.shape) <= MOST_BYTES
    )
