"""What a data set is in memory."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Protocol

from pydantic import Field

from cnncli.lazy import Images, Labels, np

from .tones import Tones

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
    """Images (N, H, W, C), C contiguous, values 0 to 255, and the class of each, (N,).

    files: of images in files of their own.
    """

    images: Stored
    labels: Labels
    files: Sequence[Path] | None = None

    def part(self, places: Any) -> Split:
        """Those of some images, at a slice or at places (n,)."""
        files = self.files
        if files is not None:
            indices = np.arange(len(files))[places].tolist()
            files = [files[place] for place in indices]
        return Split(self.images[places], self.labels[places], files)


@dataclass(frozen=True)
class Parts:
    """A set as its files hold it: the classes' names, and the images of each part.

    test, validation: None where the files have no such part. remarks: how the files were read, and
    what is doubtful in them, by its topic; complete when all images have been read. damaged: of
    each file that was left out, why. files: of images in files of their own, by the part's name.
    """

    classes: tuple[str, ...]
    train: Split
    test: Split | None = None
    validation: Split | None = None
    remarks: dict[str, str] = field(default_factory=dict, kw_only=True)
    damaged: tuple[str, ...] = field(default=(), kw_only=True)
    files: Mapping[str, Sequence[Path]] = field(default_factory=dict, kw_only=True)

    @property
    def splits(self) -> dict[str, Split]:
        """Those that the set has, by name."""
        splits = {"train": self.train, "test": self.test, "validation": self.validation}
        return {name: split for name, split in splits.items() if split}


@dataclass(frozen=True)
class Draw:
    """How images were held out to validate or test with: rule, seed, and SHA-256 of their places.

    The places are ascending, 8 bytes each, little end first. Those to test on are in the training
    set as its files hold it, those to validate with in what that leaves.
    """

    rule: Literal["by class", "by class and group"]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    fold: Annotated[str, Field(max_length=9, pattern="^[0-9]+/[0-9]+$")] | None = None
    """Which of how many, of images to validate with that are a fold."""


@dataclass(frozen=True)
class Dataset:
    """A loaded set. `digest` is of all its images and labels, before any were held out.

    `stand_in_for` names the set that was asked for where this one takes its place. `draw` is None
    in runs of versions that recorded none; so is `test_draw`, of images to test on, and where the
    files have a part for these.
    """

    name: str
    classes: tuple[str, ...]
    train: Split
    validation: Split | None
    test: Split
    digest: str
    stand_in_for: str | None
    draw: Draw | None = None
    test_draw: Draw | None = None
    remarks: tuple[str, ...] = ()
    """How its files were read, and what is doubtful in its images."""
    damaged: tuple[str, ...] = ()
    """Of each file that was left out, why it could not be read."""
    tones: Tones | None = None
    """Which values the pixels to train on have, those held out among them."""


def digest(parts: Parts, see: Callable[[Images], None] = lambda images: None) -> str:
    """SHA-256 over the shapes, images and labels of all splits, in hexadecimal.

    see: is shown all images on the way, split by split, a few at a time.
    """
    sha = hashlib.sha256()
    for images, labels, _ in parts.splits.values():
        sha.update(str(images.shape).encode())
        for chunk in chunks(images):
            whole = np.ascontiguousarray(chunk)
            sha.update(whole.data)
            see(whole)
        sha.update(labels.astype("<i8").data)
    return sha.hexdigest()
