"""What a data set is in memory."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import Field

from cnncli.lazy import Images, Labels, np

_CHUNK = 2**21
"""Bytes of images, or one image if that has more, that are looked at in one piece."""


class Stored(Protocol):
    """Images (N, H, W, C) that are in memory, or are read from the disk when they are needed.

    numpy.asarray reads them.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, H, W, C)."""

    def __len__(self) -> int:
        """N."""

    def __getitem__(self, places: Any, /) -> Stored:
        """Some of them, at a slice or at places (n,)."""

    def __array__(self) -> Any:
        """All of them, in memory."""


def chunks(images: Stored) -> Iterator[Images]:
    """The images in memory, a few MiB of them at a time."""
    step = max(1, _CHUNK // math.prod(images.shape[1:]))
    for start in range(0, len(images), step):
        yield np.asarray(images[start : start + step])


class Split(NamedTuple):
    """Images (N, H, W, C), C contiguous, values 0 to 255, and the class of each, (N,)."""

    images: Stored
    labels: Labels

    def part(self, places: Any) -> Split:
        """Those of some images, at a slice or at places (n,)."""
        return Split(self.images[places], self.labels[places])


class Parts(NamedTuple):
    """A set as its files hold it: the classes' names, and the images of each part.

    test, validation: None where the files have no such part. notes: how the files were read, for
    `cnn data info`; warnings: what is doubtful in them.
    """

    classes: tuple[str, ...]
    train: Split
    test: Split | None
    validation: Split | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draw:
    """How images were held out for validation: the rule, its seed, and the SHA-256 of their places.

    The places are in the training set as its files hold it, ascending, 8 bytes each, little end
    first.
    """

    rule: Literal["by class"]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class Dataset:
    """A loaded set. `digest` is of all its images and labels, before any were held out.

    `stand_in_for` names the set that was asked for where this one takes its place. `draw` is None
    in runs of versions that recorded none. `notes` say how its files were read.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split | None
    test: Split
    digest: str
    stand_in_for: str | None
    draw: Draw | None = None
    notes: tuple[str, ...] = ()


def digest(parts: Parts) -> str:
    """SHA-256 over the shapes, images and labels of all splits, in hexadecimal."""
    sha = hashlib.sha256()
    for images, labels in filter(None, (parts.train, parts.test, parts.validation)):
        sha.update(str(images.shape).encode())
        for chunk in chunks(images):
            sha.update(np.ascontiguousarray(chunk).data)
        sha.update(labels.astype("<i8").data)
    return sha.hexdigest()
