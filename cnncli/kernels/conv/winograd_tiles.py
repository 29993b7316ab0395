"""The tiles of Winograd's convolutions: how many places a tile has, and the lines it looks at."""

from cnncli.geometry import Extent, Geometry, Padding

_FILTERS = (3, 5)
"""Lengths of filters that there are transforms for."""
_PLACES = 4
"""Places of a tile along an axis; more would cost digits."""
_FEW_PLACES = 2
"""Where the map has no more of them."""
BLOCK_BYTES = 5 << 18
"""Transformed windows that are multiplied at a time: in cache with the products."""
TILES_OF_BLOCK = 64
"""Tiles of a block, at least: with fewer, products of deep volumes read mostly filters."""


def has_transform(F: int) -> bool:
    """Whether there is a transform along an axis where a filter has F pixels."""
    return F in _FILTERS


def tile(where: Geometry) -> Extent:
    """Places of a tile in both axes."""
    few = _FEW_PLACES
    return Extent(*(few if places <= few else _PLACES for places in where.out))


def windows_of_lines(where: Geometry, m: Extent) -> Geometry:
    """For each row of tiles of m places: the window of whole lines that it looks at.

    The map is padded as far as the tiles reach: those that reach beyond the places see zeros.
    """
    over = [-places % of_tile for places, of_tile in zip(where.out, m, strict=True)]
    left, right, top, bottom = where.P
    P = Padding(left, right + over[0], top, bottom + over[1])
    width = where.size.W + P.left + P.right
    window, step = Extent(width, m.H + where.F.H - 1), Extent(width, m.H)
    return Geometry(where.size, window, step, P, Extent(1, -(-where.out.H // m.H)))


def lines_given(out: Extent, m: Extent) -> Geometry:
    """For each row of tiles the m lines of places that it gives, padded to whole tiles."""
    P = Padding(0, -out.W % m.W, 0, -out.H % m.H)
    of_tiles = Extent(out.W + P.right, m.H)
    return Geometry(out, of_tiles, of_tiles, P, Extent(1, -(-out.H // m.H)))


def size(where: Geometry) -> Extent:
    """Pixels that a tile looks at, m + F - 1 in both axes."""
    m, F = tile(where), where.F
    return Extent(m.W + F.W - 1, m.H + F.H - 1)


def rows_of_tiles(where: Geometry, C: int, K: int, itemsize: int) -> int:
    """Rows of tiles in a block."""
    t, in_row = size(where), -(-where.out.W // tile(where).W)
    row_bytes = in_row * t.W * t.H * max(C, K) * itemsize
    return max(BLOCK_BYTES // row_bytes, -(-TILES_OF_BLOCK // in_row))
