"""What a data set is in memory."""

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


class Split(NamedTuple):
    """Images (N, H, W, C), C contiguous, values 0 to 255, and the class of each, (N,)."""

    images: Images
    labels: Labels


class Parts(NamedTuple):
    """A set as its files hold it: the classes' names, and the images to train and to test on."""

    classes: tuple[str, ...]
    train: Split
    test: Split


@dataclass(frozen=True)
class Dataset:
    """A loaded set. `digest` is of all its images and labels, before any were held out.

    `stand_in_for` names the set that was asked for where this one takes its place.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split | None
    test: Split
    digest: str
    stand_in_for: str | None


def digest(parts: Parts) -> str:
    """SHA-256 over the shapes, images and labels of both splits, in hexadecimal."""
    sha = hashlib.sha256()
    for images, labels in (parts.train, parts.test):
        sha.update(str(images.shape).encode())
        sha.update(np.ascontiguousarray(images).data)
        sha.update(labels.astype("<i8").data)
    return sha.hexdigest()
