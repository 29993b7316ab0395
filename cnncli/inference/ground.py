"""How the pixels of image files compare with those that a network learned from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Stored
from cnncli.datasets.tones import ToneCounter, Tones
from cnncli.lazy import Images

_WHITE = 255


class Brought:
    """Stored images (N, H, W, C) whose white is another one: value times white / 255, rounded."""

    def __init__(self, stored: Stored, white: int) -> None:
        self._stored, self._white = stored, white

    @property
    def shape(self) -> tuple[int, ...]:
        return self._stored.shape

    def __len__(self) -> int:
        return len(self._stored)

    def __getitem__(self, places: slice | NDArray[np.int64], /) -> "Brought":
        return Brought(self._stored[places], self._white)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Images:
        return np.rint(np.asarray(self._stored) * (self._white / _WHITE)).astype(np.uint8)


def other_ground(file: Path, image: Images, learned: Tones | None) -> str | None:
    """Words about an image (H, W, C) that is dark on light where those learned from were not.

    Or the other way round; None where it is like them, or neither is known.
    """
    if learned is None or not learned.ground:
        return None
    counter = ToneCounter()
    counter.see(image[np.newaxis])
    ground = Tones(0, _WHITE, counter.tones.edge).ground
    if ground in (None, learned.ground):
        return None
    return (
        f"{file}: is {_figure(ground)}, and the images that the network learned from are "
        f"{_figure(learned.ground)}; invert such images"
    )


def _figure(ground: str) -> str:
    return "dark on light" if ground == "light" else "light on dark"


def some(files: Sequence[Path], most: int) -> Sequence[Path]:
    """At most so many, spread evenly; the first is among them."""
    return files[:: -(-len(files) // most)]
