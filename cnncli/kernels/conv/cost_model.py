"""Which algorithm computes a convolution: a model of costs, so that a shape has always the same.

Costs are nanoseconds of one core. What differs between machines stands in their profiles.
"""

from cnncli.geometry import Extent, Geometry
from cnncli.kernels.chunks import PRODUCT_BYTES

from .profiles import Profile
from .winograd_transforms import BLOCK_BYTES, FILTERS, TILES_OF_BLOCK, size, tile

ALGORITHMS = ("direct", "winograd", "winograd-columns")


def algorithms(
    geometry: Geometry, C: int, K: int, images: int, profile: Profile
) -> tuple[str, ...]:
    """Ways to convolve so many images of C channels with K filters, the fastest first."""
    costs = {"direct": _direct(geometry, C, K, profile)}
    if geometry.S == geometry.dilation == Extent(1, 1) and geometry.F.H in FILTERS:
        costs["winograd-columns"] = _columns(geometry, C, K, images, profile)
        if geometry.F.W in FILTERS:
            costs["winograd"] = _tiles(geometry, C, K, images, profile)
    return tuple(sorted(costs, key=costs.__getitem__))


def _direct(geometry: Geometry, C: int, K: int, profile: Profile) -> float:
    """Gathering windows, row by row, and a product with them."""
    F, places = geometry.F, geometry.out.W * geometry.out.H
    window = F.W * F.H * C
    return 400 + places * (profile.multiply * window * K + 0.036 * window + 6.6 * F.H + 0.07 * K)


def _columns(geometry: Geometry, C: int, K: int, images: int, profile: Profile) -> float:
    """Winograd's down the columns: products along lines."""
    m, t = tile(geometry).H, size(geometry).H
    pixels = -(-geometry.out.H // m) * t * (geometry.out.W + geometry.F.W - 1)
    of_filters = t * geometry.F.W * geometry.F.H * C * K / images
    multiplied = pixels * geometry.F.W * C * K + of_filters
    return 800 + profile.multiply * multiplied + pixels * (profile.number * (C + K) + 4)


def _tiles(geometry: Geometry, C: int, K: int, images: int, profile: Profile) -> float:
    """Winograd's in both axes: narrower products, and some small ones for each tile."""
    m, F, out, t = tile(geometry), geometry.F, geometry.out, size(geometry)
    count = -(-out.W // m.W) * -(-out.H // m.H)
    of_filters = t.W * t.H * F.W * F.H * C * K / images
    multiplied = 1.6 * count * t.W * t.H * C * K + of_filters
    numbers = t.W * t.H * (C + K)
    return (
        1000
        + profile.multiply * multiplied
        + count * (1.6 * profile.number * numbers + profile.product * (t.H + m.H))
    )


def workspace_bytes(algorithm: str, geometry: Geometry, C: int, K: int) -> int:
    """What one worker needs besides the volumes: blocks, and filters with their gradients' sums."""
    F, t = geometry.F, size(geometry)
    numbers = {"winograd": t.W * t.H, "winograd-columns": t.H * F.W}.get(algorithm, F.W * F.H)
    # of windows and what they are multiplied with; transformed, before and after the product
    tiles = max(BLOCK_BYTES, TILES_OF_BLOCK * t.W * t.H * max(C, K) * 4)
    blocks = {"winograd": 6 * tiles, "winograd-columns": 5 * PRODUCT_BYTES}
    return blocks.get(algorithm, 2 * PRODUCT_BYTES) + 3 * 4 * numbers * C * K
