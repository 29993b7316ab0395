"""Borders of maps that repeat pixels of the map: its mirror, or its last pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from cnncli.geometry import Padding
from cnncli.lazy import Array

Mode: TypeAlias = Literal["reflect", "edge"]


def fill(y: Array, P: Padding, mode: Mode) -> None:
    """Writes the border around the map in the middle of y (N, H, W, C)."""
    for border, pixel in [*_across(y, P, mode), *_down(y, P, mode)]:
        border[...] = pixel


def fold(dy: Array, P: Padding, mode: Mode) -> None:
    """The transpose: adds each pixel of the border to the one that it repeats."""
    for border, pixel in [*_down(dy, P, mode), *_across(dy, P, mode)]:
        pixel += border


def _across(y: Array, P: Padding, mode: Mode) -> Iterator[tuple[Array, Array]]:
    """Columns of the border in the map's rows, each with the column that it repeats."""
    rows = y[:, P.top : y.shape[1] - P.bottom]
    for border, pixel in _places(P.left, P.right, y.shape[2], mode):
        yield rows[:, :, border], rows[:, :, pixel]


def _down(y: Array, P: Padding, mode: Mode) -> Iterator[tuple[Array, Array]]:
    """Whole rows of the border, corners too."""
    for border, pixel in _places(P.top, P.bottom, y.shape[1], mode):
        yield y[:, border], y[:, pixel]


def _places(before: int, after: int, size: int, mode: Mode) -> Iterator[tuple[int, int]]:
    first, last = before, size - after - 1
    for step in range(1, before + 1):
        yield first - step, first + (step if mode == "reflect" else 0)
    for step in range(1, after + 1):
        yield last + step, last - (step if mode == "reflect" else 0)
