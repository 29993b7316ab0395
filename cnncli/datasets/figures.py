"""The figures of the procedural set, as distances: negative inside, 0 on the edge.

Each function takes coordinates in which the figure fills about the unit disc. Only operations
that IEEE 754 rounds exactly are used, so that every machine draws the same bits.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]

_TURNS = [(math.cos(turn), math.sin(turn)) for turn in (math.tau * k / 5 for k in range(5))]
"""Directions of the five sides of a pentagram."""


def _both(first: Field, second: Field) -> Field:
    """What lies inside both figures."""
    distance: Field = np.maximum(first, second)
    return distance


def _either(first: Field, second: Field) -> Field:
    """What lies inside one figure or the other."""
    distance: Field = np.minimum(first, second)
    return distance


def _radius(x: Field, y: Field) -> Field:
    radius: Field = np.sqrt(x * x + y * y)
    return radius


def _box(x: Field, y: Field, half_width: float, half_height: float) -> Field:
    return _both(np.abs(x) - half_width, np.abs(y) - half_height)


def _wave(x: Field, period: float) -> Field:
    """A triangle wave from -period/4 at whole periods to period/4 half-way between."""
    turns = x / period
    wave: Field = np.abs(turns - np.floor(turns + 0.5)) * period - period / 4
    return wave


def disc(x: Field, y: Field) -> Field:
    """A filled circle."""
    return _radius(x, y) - 0.9


def ring(x: Field, y: Field) -> Field:
    """A circle with a hole."""
    return _both(_radius(x, y) - 0.95, 0.55 - _radius(x, y))


def square(x: Field, y: Field) -> Field:
    """A filled square."""
    return _box(x, y, 0.75, 0.75)


def triangle(x: Field, y: Field) -> Field:
    """A filled triangle with equal sides: three half-planes."""
    return _both(math.sqrt(0.75) * np.abs(x) + 0.5 * y, -y) - 0.55


def star(x: Field, y: Field) -> Field:
    """A pentagram: the points that lie inside at least four of its five sides."""
    largest = second = np.full_like(x, -np.inf)
    for across, down in _TURNS:
        side = across * x + down * y
        second = _both(second, _either(largest, side))
        largest = _both(largest, side)
    return second - 0.36


def cross(x: Field, y: Field) -> Field:
    """Two bars at right angles."""
    return _either(_box(x, y, 1.0, 0.25), _box(x, y, 0.25, 1.0))


def crescent(x: Field, y: Field) -> Field:
    """A disc without the part under another disc."""
    return _both(_radius(x, y) - 1.0, 0.85 - _radius(x - 0.55, y))


def stripes(x: Field, y: Field) -> Field:
    """Three bars side by side."""
    return _both(_wave(x, 0.8), _box(x, y, 1.0, 1.0))


def checker(x: Field, y: Field) -> Field:
    """The dark fields of a board of four by four."""
    across, down = _wave(x + 0.25, 1.0), _wave(y + 0.25, 1.0)
    fields = _both(_either(across, -down), _either(-across, down))
    # A little inside the board's edge, where the distance is 0 along light fields too.
    return _both(-fields, _box(x, y, 0.93, 0.93))


def dots(x: Field, y: Field) -> Field:
    """Three by three small discs."""
    x, y = (v - 0.7 * np.clip(np.floor(v / 0.7 + 0.5), -1, 1) for v in (x, y))
    return _radius(x, y) - 0.22


FIGURES: dict[str, Callable[[Field, Field], Field]] = {
    figure.__name__: figure
    for figure in (disc, ring, square, triangle, star, cross, crescent, stripes, checker, dots)
}
