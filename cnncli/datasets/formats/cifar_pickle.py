"""CIFAR's Python layout: a pickled dict with `data`, (N, 3072), and a list of labels.

A pickle is a program, so that none is opened but those that were published: of other bytes nothing
is unpickled. This is the only module that may import pickle.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from pathlib import Path
from typing import Any, NamedTuple

from cnncli.datasets.problems import problem
from cnncli.lazy import Images, Labels, np

_REMEDY = "a pickle can run code, so no other is opened: give images of your own as data.name npz"


class Pickle(NamedTuple):
    """A published file; its size in bytes where more than the digest is known of it."""

    md5: str
    size: int | None = None


PICKLES = {
    ("cifar10", "data_batch_1"): Pickle("c99cafc152244af753f735de768cd75f", 31_035_704),
    ("cifar10", "data_batch_2"): Pickle("d4bba439e000b95fd0a9bffe97cbabec", 31_035_320),
    ("cifar10", "data_batch_3"): Pickle("54ebc095f3ab1f0389bbae665268c751", 31_035_999),
    ("cifar10", "data_batch_4"): Pickle("634d18415352ddfa80567beed471001a", 31_035_696),
    ("cifar10", "data_batch_5"): Pickle("482c414d41f54cd18b22e5b47cb7c3cb", 31_035_623),
    ("cifar10", "test_batch"): Pickle("40351d587109b95175f43aff81a1287e", 31_035_526),
    ("cifar100", "train"): Pickle("16019d7e3df5f24257cddd939b257f8d", 155_249_918),
    ("cifar100", "test"): Pickle("f0ef6b0ae62326f3e7ffdfab6717acfc"),
}
"""Of what is read in their archives, by set and name: MD5 as torchvision lists it."""


_LABELS = {"cifar10": b"labels", "cifar100": b"fine_labels"}


def decode(data_set: str, file: str, content: bytes) -> tuple[Images, Labels]:
    """Flat images (N, 3072) and labels (N,). Raises DataError for any but the published bytes."""
    known = PICKLES[data_set, Path(file).name]
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != known.md5 or len(content) != (known.size or len(content)):
        expected = f"the published file (MD5 {known.md5})"
        raise problem(file, expected, f"{len(content):,} bytes with MD5 {found}", _REMEDY)
    batch: dict[bytes, Any] = _Unpickler(io.BytesIO(content), encoding="bytes").load()
    return batch[b"data"], np.array(batch[_LABELS[data_set]], np.int64)


class _Unpickler(pickle.Unpickler):
    """Knows the three names of an array of bytes, and no other."""

    def find_class(self, module: str, name: str) -> Any:
        match module, name:
            case (("numpy.core.multiarray" | "numpy._core.multiarray"), "_reconstruct"):
                return np.empty(0).__reduce__()[0]  # the same under each version's path
            case "numpy", "ndarray":
                return np.ndarray
            case "numpy", "dtype":
                return _dtype
        raise pickle.UnpicklingError(f"{module}.{name} is not admitted")


def _dtype(letters: bytes, *_: object) -> np.dtype[Any]:
    """As Python 2 wrote it; of its other arguments later versions of NumPy warn."""
    return np.dtype(letters.decode())
