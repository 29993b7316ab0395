"""SVHN, house numbers cut out to single figures (Y. Netzer, T. Wang, A. Coates, A. Bissacco, B. Wu
and A. Y. Ng: Reading digits in natural images with unsupervised feature learning, 2011).

Its files are MATLAB's, so that SciPy is needed to read them. Only this module needs it.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnncli.errors import DataError

from .catalogue import NAMED
from .checks import labels_below, paired
from .dataset import Labels, Parts, Split
from .faults import fault, unreadable
from .files import MOST_BYTES

HOME = "https://ufldl.stanford.edu/housenumbers/"
FILES = ("train_32x32.mat", "test_32x32.mat")
_REMEDY = f"get it again from {HOME}"
_FORM = "X (32, 32, 3, N) of bytes and y (N, 1) of numbers"

_Kind = tuple[tuple[int, ...], str]
"""An array's shape, and MATLAB's name of its type."""


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
    X, y = _arrays(path)
    images = np.ascontiguousarray(X.transpose(3, 0, 1, 2))
    labels: Labels = y.reshape(-1).astype(np.int64)
    labels_below(path, labels - 1, 10, "labels go from 1 to 10, which stands for the figure 0")
    return paired(path, images, labels % 10, _REMEDY)


def _arrays(path: Path) -> tuple[Any, Any]:
    """X and y, whose shapes are known before any memory is taken for them."""
    try:
        from scipy.io import loadmat, whosmat
    except ImportError:
        raise DataError(
            f"{path}: SciPy is needed to read it; install it: pip install 'cnncli[svhn]'"
        ) from None
    try:
        kinds = {name: (shape, kind) for name, shape, kind in whosmat(path)}
        if not _is_svhn(*(kinds.get(name, ((), "")) for name in ("X", "y"))):
            found = ", ".join(f"{name} {shape} of {kind}" for name, (shape, kind) in kinds.items())
            raise fault(path, _FORM, found or "nothing", _REMEDY)
        content = loadmat(path, variable_names=["X", "y"])
    except OSError as error:
        raise unreadable(path, error) from None
    except (DataError, MemoryError):
        raise
    except Exception as error:  # SciPy has no type of its own for damage
        raise fault(path, "a whole MATLAB file", f"damage ({error})", _REMEDY) from None
    return content["X"], content["y"]


def _is_svhn(X: _Kind, y: _Kind) -> bool:
    (shape, kind), (labels, kind_of_labels) = X, y
    return (
        kind == "uint8"
        and kind_of_labels in ("uint8", "int32", "double")
        and shape[:3] == (32, 32, 3)
        and (*shape[3:], 1) == labels
        and math.prod(shape) <= MOST_BYTES
    )
