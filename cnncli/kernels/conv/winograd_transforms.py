"""Winograd's tiles, and the transforms of minimal filtering along one axis (Toom and Cook).

A filter w of F pixels over t = m + F - 1 pixels x gives m places with t multiplications:
y = A' [(G w) * (B' x)], where m * F are needed one by one (Winograd 1980). A tile is m places and
the t pixels that they look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import chain
from typing import NamedTuple

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.lazy import Array, DTypeLike, np

from .windows import Block, overlap, overlapping, pieces

_POINTS = (0, 1, -1, 2, -2, 1 / 2, -1 / 2)
"""Where polynomials are evaluated, besides infinity: small numbers and few, for the rounding."""
ONE = _POINTS.index(1)
"""What is added to the product at this point is added to every place: 1 is each power of 1."""
FILTERS = (3, 5)
"""Lengths of filters that there are transforms for."""
_PLACES = 4
"""Places of a tile along an axis; more would cost digits."""
_FEW = 2
"""Where the map has no more of them."""
BLOCK_BYTES = 5 << 18
"""Transformed windows that are multiplied at a time: in cache with the products."""
TILES_OF_BLOCK = 64
"""Tiles of a block, at least: with fewer, products of deep volumes read mostly filters."""


def tile(geometry: Geometry) -> Extent:
    """Places of a tile in both axes."""
    return Extent(*(_FEW if places <= _FEW else _PLACES for places in geometry.out))


def windows_of_lines(geometry: Geometry, m: Extent) -> Geometry:
    """For each row of tiles of m places: the window of whole lines that it looks at.

    The map is padded as far as the tiles reach: those that reach beyond the places see zeros.
    """
    over = [-places % of_tile for places, of_tile in zip(geometry.out, m, strict=True)]
    left, right, top, bottom = geometry.P
    P = Padding(left, right + over[0], top, bottom + over[1])
    width = geometry.size.W + P.left + P.right
    window, step = Extent(width, m.H + geometry.F.H - 1), Extent(width, m.H)
    return Geometry(geometry.size, window, step, P, Extent(1, -(-geometry.out.H // m.H)))


def lines_given(out: Extent, m: Extent) -> Geometry:
    """For each row of tiles the m lines of places that it gives, padded to whole tiles."""
    P = Padding(0, -out.W % m.W, 0, -out.H % m.H)
    of_tiles = Extent(out.W + P.right, m.H)
    return Geometry(out, of_tiles, of_tiles, P, Extent(1, -(-out.H // m.H)))


def size(geometry: Geometry) -> Extent:
    """Pixels that a tile looks at, m + F - 1 in both axes."""
    m, F = tile(geometry), geometry.F
    return Extent(m.W + F.W - 1, m.H + F.H - 1)


def rows_of_tiles(geometry: Geometry, C: int, K: int, itemsize: int) -> int:
    """Rows of tiles in a block."""
    t, in_row = size(geometry), -(-geometry.out.W // tile(geometry).W)
    row_bytes = in_row * t.W * t.H * max(C, K) * itemsize
    return max(BLOCK_BYTES // row_bytes, -(-TILES_OF_BLOCK // in_row))


class Transforms(NamedTuple):
    """B' of windows (t, t), G of filters (t, F) and A' of places (m, t)."""

    window: Array
    filters: Array
    places: Array


@cache
def transforms(F: int, m: int, dtype: DTypeLike = "float32") -> Transforms:
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


def line_blocks(geometry: Geometry, images: int, rows: int) -> Iterator[Block]:
    """Blocks of at most so many rows of windows."""
    return chain.from_iterable(pieces(geometry, images, rows))


def transform_lines(matrix: Array, x: Array, geometry: Geometry, block: Block, out: Array) -> None:
    """Writes the matrix (t, F.H) times the windows of a block into (t, n, rows, width, D).

    x: all images (N, H, W, D). Lines and pixels of the padding are zeros.
    """
    across, columns = overlap(geometry.size.W, geometry.P.left, geometry.P.right)
    out[:, :, :, : across.start] = 0
    out[:, :, :, across.stop :] = 0
    out, x = out[:, :, :, across], x[block.images, :, columns]
    H, (_, height), step = geometry.size.H, geometry.F, geometry.S.H
    top = block.rows.start * step - geometry.P.top
    rows = out.shape[2]
    # rows of windows that lie on the map: from `first` up to `last`
    first = min(max(-(top // step), 0), rows)
    last = max(min((H - height - top) // step + 1, rows), first)
    if first < last:
        per_image, per_line, *inner = x.strides
        shape = (len(x), last - first, height, *x.shape[2:])
        strides = (per_image, step * per_line, per_line, *inner)
        windows = overlapping(x, shape, strides, (top + first * step) * per_line)
        _multiply(matrix, windows, out[:, :, first:last])
    for row in (*range(first), *range(last, rows)):
        line = top + row * step
        above, below = max(line, 0), min(line + height, H)
        if above < below:
            seen = x[:, None, above:below]
            _multiply(matrix[:, above - line : below - line], seen, out[:, :, row : row + 1])
        else:
            out[:, :, row] = 0


def _multiply(matrix: Array, windows: Array, out: Array) -> None:
    """out (t, n, rows, W, D) = the matrix times windows (n, rows, height, W, D)."""
    target = out.transpose(1, 2, 0, 3, 4)
    lines = windows.reshape(*windows.shape[:3], -1)
    np.matmul(matrix, lines, out=target.reshape(*target.shape[:3], -1))
