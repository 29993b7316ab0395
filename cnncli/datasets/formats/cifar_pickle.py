"""CIFAR's Python layout: a pickled dict with `data`, (N, 3072), and a list of labels.

unpickling.py reads it, which runs no code that a pickle names.
"""

from typing import Any

import numpy as np

from cnncli.datasets.dataset import Images, Labels
from cnncli.datasets.problems import fault

from .pickled import PickledArray, UnpicklingError
from .unpickling import restricted_loads

_REMEDY = "the file is damaged or not CIFAR's: get it again"


def decode10(file: str, content: bytes) -> tuple[Images, Labels]:
    """Flat images (N, 3072) and labels (N,) of a CIFAR-10 batch."""
    return _decode(file, content, "labels")


def decode100(file: str, content: bytes) -> tuple[Images, Labels]:
    """Flat images (N, 3072) and fine labels (N,) of a CIFAR-100 file."""
    return _decode(file, content, "fine_labels")


def _decode(file: str, content: bytes, key: str) -> tuple[Images, Labels]:
    try:
        batch = restricted_loads(content)
    except UnpicklingError as error:
        raise fault(file, "a pickled CIFAR batch", str(error), _REMEDY) from None
    images = _images(file, _entry(file, batch, "data"))
    labels = _labels(file, _entry(file, batch, key))
    if len(images) != len(labels):
        raise fault(file, f"{len(images):,} labels", f"{len(labels):,}", _REMEDY)
    return images, labels


def _entry(file: str, batch: Any, key: str) -> Any:
    """The value under a key, which Python 2 wrote as bytes and Python 3 writes as str."""
    if isinstance(batch, dict):
        for form in (key, key.encode()):
            if form in batch:
                return batch[form]
    raise fault(file, f"a dict with {key!r}", "none", _REMEDY)


def _images(file: str, data: Any) -> Images:
    expected = "an array of bytes (N, 3072) under 'data'"
    if not isinstance(data, PickledArray):
        raise fault(file, expected, type(data).__name__, _REMEDY)
    images = data.as_bytes()
    if images is None or images.ndim != 2 or images.shape[1] != 3072 or not len(images):
        raise fault(file, expected, data.describe(), _REMEDY)
    return images


def _labels(file: str, labels: Any) -> Labels:
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise fault(file, "a list of whole numbers as labels", "something else", _REMEDY)
    outside = [label for label in labels if abs(label) >= 2**31]
    if outside:
        raise fault(file, "labels below the number of classes", str(outside[0]), _REMEDY)
    return np.array(labels, np.int64)
