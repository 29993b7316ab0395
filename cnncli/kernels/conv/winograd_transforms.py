"""The transforms of minimal filtering along one axis (Winograd 1980, Toom and Cook).

A filter w of F pixels over t = m + F - 1 pixels x gives m places with t multiplications:
y = A' [(G w) * (B' x)], where m * F are needed one by one.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.float32]

_POINTS = (0, 1, -1, 2, -2, 1 / 2, -1 / 2)
"""Where polynomials are evaluated, besides infinity: small numbers and few, for the rounding."""
ONE = _POINTS.index(1)
"""What is added to the product at this point is added to every place: 1 is each power of 1."""


class Transforms(NamedTuple):
    """B' of windows (t, t), G of filters (t, F) and A' of places (m, t)."""

    window: Array
    filters: Array
    places: Array


@cache
def transforms(F: int, m: int, dtype: DTypeLike = np.float32) -> Transforms:
    """The transforms for m places of a filter of F pixels.

    A filter w and m places are evaluated at the points, w(a) and y(a), and divided by the product
    of a's distances from the other points; B' holds the coefficients of the polynomials that
    vanish at all points but one.
    """
    size = m + F - 1
    points = np.array(_POINTS[: size - 1], np.float64)
    distances = np.array([np.prod(a - points[points != a]) for a in points])
    filters = np.vstack([points[:, None] ** np.arange(F) / distances[:, None], np.eye(F)[-1:]])
    places = np.hstack([points[None] ** np.arange(m)[:, None], np.eye(m)[:, -1:]])
    roots = [points[points != a] for a in points] + [points]
    window = np.zeros((size, size))
    for row, zeros in zip(window, roots, strict=True):
        row[: len(zeros) + 1] = np.poly(zeros)[::-1]
    return Transforms(*(matrix.astype(dtype) for matrix in (window, filters, places)))
