"""Maps of numbers as pictures in grey, several on a sheet, few enough bytes for a page."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnncli.page.png import data_url

T = TypeVar("T")
GREYS = 255
"""Steps between black and white."""


class Sheet(NamedTuple):
    """Maps one below the other: src, and the numbers that black and white stand for.

    A grey g is low + g / 255 * (high - low), to within half a step. Zero is among the numbers.
    """

    src: str
    low: float
    high: float


def sheet_of(maps: NDArray[Any]) -> Sheet:
    """Of maps (h, w, k) with one scale for all of them."""
    h, w, k = maps.shape
    low, high = min(0.0, float(maps.min())), max(0.0, float(maps.max()))
    step = (high - low) / GREYS or 1.0
    greys = np.rint((maps.transpose(2, 0, 1).astype(np.float64) - low) / step).astype(np.uint8)
    return Sheet(data_url(greys.reshape(k * h, w, 1)), low, high)


def fit(make: Callable[[int], T], sizes: Sequence[int], most: int, size: Callable[[T], int]) -> T:
    """The first thing made that has at most so many bytes, or else the last one."""
    for each in sizes:
        found = make(each)
        if size(found) <= most:
            break
    return found
