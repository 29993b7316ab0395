"""Which algorithm computes a convolution: a model of costs, so that a shape has always the same.

Costs are multiply-adds, with what is as slow as multiply-adds counted as such. The constants were
fitted to times of single layers on one core (AVX-512, OpenBLAS), and need not be exact: near the
line where both algorithms cost the same, either will do.
"""

from .geometry import Extent, Geometry, Padding

TILE = 6
"""Pixels of a Winograd window along each axis: m + F - 1."""
_LEAST_DEPTH = 8
"""Below this depth the transforms' small products and short runs cost more than they save."""
_SLOW_DEPTH = 20
"""A product over a depth of this many runs at half its speed."""
_MOVES = 5
"""What it costs to gather and write back a number of a tile, for each channel."""


def has_winograd(where: Geometry) -> bool:
    """Whether there is a transform for a convolution: 3x3 or 5x5 at stride 1, without gaps."""
    one = Extent(1, 1)
    return where.S == where.dilation == one and where.F in (Extent(3, 3), Extent(5, 5))


def winograd_tiles(where: Geometry) -> Geometry:
    """The windows of 6 x 6 pixels, one for each tile of m x m places.

    Tiles that reach beyond the places see zeros there.
    """
    m = TILE - where.F.W + 1
    out = Extent(-(-where.out.W // m), -(-where.out.H // m))
    P = where.P
    right, bottom = P.right + out.W * m - where.out.W, P.bottom + out.H * m - where.out.H
    window, step = Extent(TILE, TILE), Extent(m, m)
    return Geometry(where.size, window, step, Padding(P.left, right, P.top, bottom), out)


def winograd_pays(where: Geometry, C: int, K: int) -> bool:
    """Whether Winograd's convolution of C channels with K filters is faster than the direct one."""
    if not has_winograd(where) or min(C, K) < _LEAST_DEPTH:
        return False
    tiles = winograd_tiles(where)
    places_of_tile = tiles.S.W * tiles.S.H
    products = C * K * (1 + _SLOW_DEPTH / min(C, K))
    direct = where.out.W * where.out.H * where.F.W * where.F.H * products
    moved = TILE**2 * C + places_of_tile * K + _MOVES * (C + K)
    return tiles.out.W * tiles.out.H * TILE**2 * (products + moved) < direct
