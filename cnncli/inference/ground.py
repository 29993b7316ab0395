"""How the pixels of image files compare with those that a network learned from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Split, Stored, chunks
from cnncli.datasets.problems import Notify
from cnncli.datasets.tones import ToneCounter, Tones
from cnncli.lazy import Images
from cnncli.training.storage.checkpoint import FEW_VALUES, WHITE, DataUsed, is_of_files, white_of
from cnncli.training.storage.resume import SavedRun

T = TypeVar("T")

_LOOKED_AT = 8
"""Images of a set whose ground is looked at."""


def white_note(saved: SavedRun) -> str | None:
    """Words about a set whose white is not that of image files, or not known; None: it is."""
    data = saved.checkpoint.data
    white = white_of(data.name, data.tones)
    if white != WHITE:
        return f"white, {WHITE} in images, is {white} in {data.name}: scaled"
    if is_of_files(data.name) or data.tones:
        return None
    return (
        f"warning: {saved.path}: does not say which values the images of {data.name} have; white "
        f"is taken for {WHITE}"
    )


def is_white_of_files(images: Stored) -> bool:
    """Whether images of an array have values that no set has whose white is another one."""
    return any(int(chunk.max()) >= FEW_VALUES for chunk in chunks(images))


def scale_white(images: Stored, data: DataUsed) -> Stored:
    """Images with white at 255, with the white of the set that was learned from."""
    white = white_of(data.name, data.tones)
    return images if white == WHITE else ScaledWhite(images, white)


def fit(split: Split, saved: SavedRun, notify: Notify) -> Stored:
    """Images of any set with the white of the one that the network learned from.

    notify: is told of it, and of grey images on another ground.
    """
    images, data = split.images, saved.checkpoint.data
    if split.files is None and not is_white_of_files(images):
        return images
    if note := white_note(saved):
        notify(note)
    if saved.graph.image.D == 1:
        for place in some(range(len(images)), _LOOKED_AT):
            name = split.files[place] if split.files else f"image {place:,}"
            image = np.asarray(images[place : place + 1])[0]
            if doubt := other_ground(name, image, data.tones):
                notify(f"warning: {doubt}")
                break
    return scale_white(images, data)


class ScaledWhite:
    """Stored images (N, H, W, C) whose white is another one: value times white / 255, rounded."""

    def __init__(self, stored: Stored, white: int) -> None:
        self._stored, self._white = stored, white

    @property
    def shape(self) -> tuple[int, ...]:
        return self._stored.shape

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, places: slice | NDArray[np.int64], /) -> "ScaledWhite":
        return ScaledWhite(self._stored[places], self._white)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Images:
        return np.rint(np.asarray(self._stored) * (self._white / WHITE)).astype(np.uint8)


def other_ground(file: Path | str, image: Images, learned: Tones | None) -> str | None:
    """Words about an image (H, W, C) that is dark on light where those learned from were not.

    Or the other way round; None where it is like them, or neither is known.
    """
    if learned is None or not learned.ground:
        return None
    counter = ToneCounter()
    counter.see(image[np.newaxis])
    ground = Tones(0, WHITE, counter.tones.edge).ground
    if ground in (None, learned.ground):
        return None
    return (
        f"{file}: is {_figure(ground)}, and the images that the network learned from are "
        f"{_figure(learned.ground)}; invert such images"
    )


def _figure(ground: str) -> str:
    return "dark on light" if ground == "light" else "light on dark"


def some(files: Sequence[T], most: int) -> Sequence[T]:
    """At most so many, spread evenly; the first is among them."""
    return files[:: -(-len(files) // most)]
