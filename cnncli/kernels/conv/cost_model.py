"""Which algorithm computes a convolution: a model of costs, so that a shape has always the same.

Costs are nanoseconds of one core. What differs between machines stands in their profiles.
"""

from dataclasses import astuple
from operator import mul

from cnncli.geometry import Extent, Geometry
from cnncli.kernels.chunks import PRODUCT_BYTES

from .profiles import Profile
from .winograd_transforms import BLOCK_BYTES, FILTERS, TILES_OF_BLOCK, size, tile

ALGORITHMS = ("direct", "winograd", "winograd-columns")
IMAGE = 4
"""Channels up to which a volume is taken for the images: it needs no gradient."""


def algorithms(
    geometry: Geometry, C: int, K: int, images: int, profile: Profile
) -> tuple[str, ...]:
    """Ways to convolve so many images of C channels with K filters, the fastest first."""
    of_work = dict(zip(ALGORITHMS, (profile.direct, profile.tiles, profile.columns), strict=True))
    costs = {
        name: sum(map(mul, astuple(of_work[name]), amounts))
        for name, amounts in work(geometry, C, K, images).items()
    }
    return tuple(sorted(costs, key=costs.__getitem__))


Work = tuple[float, ...]
"""How much there is of what each of `Costs` is for."""


def work(geometry: Geometry, C: int, K: int, images: int) -> dict[str, Work]:
    """What the algorithms do in a training step for one of so many images."""
    passes = 2 if C <= IMAGE else 3  # forward, the gradient of the filters and that of the input
    per_pass = {"direct": _direct(geometry, C, K, images)}
    if geometry.S == geometry.dilation == Extent(1, 1) and geometry.F.H in FILTERS:
        per_pass["winograd-columns"] = _columns(geometry, C, K, images)
        if geometry.F.W in FILTERS:
            per_pass["winograd"] = _tiles(geometry, C, K, images)
    return {name: tuple(passes * amount for amount in each) for name, each in per_pass.items()}


def _direct(geometry: Geometry, C: int, K: int, images: int) -> Work:
    """Gathering windows, line by line, and a product with them.

    Of the input's gradient it is windows of dy, which serve that of the filters too.
    """
    F, places = geometry.F, geometry.out.W * geometry.out.H
    window = places * F.W * F.H
    gathered = C if C <= IMAGE else (C + K) / 3
    return 1 / images, places * F.H, window * C * K, window * gathered, places * (C + K)


def _columns(geometry: Geometry, C: int, K: int, images: int) -> Work:
    """Winograd's down the columns: products along lines."""
    m, t, F = tile(geometry).H, size(geometry).H, geometry.F
    pixels = -(-geometry.out.H // m) * t * (geometry.out.W + F.W - 1)
    of_filters = t * F.W * F.H * C * K / images
    return 1 / images, pixels, pixels * F.W * C * K, pixels * (C + K), of_filters


def _tiles(geometry: Geometry, C: int, K: int, images: int) -> Work:
    """Winograd's in both axes: products of tiles, and some small ones for each tile."""
    m, F, out, t = tile(geometry), geometry.F, geometry.out, size(geometry)
    count = -(-out.W // m.W) * -(-out.H // m.H)
    numbers = count * t.W * t.H
    of_filters = t.W * t.H * F.W * F.H * C * K / images
    return 1 / images, count * (t.H + m.H), numbers * C * K, numbers * (C + K), of_filters


def workspace_bytes(algorithm: str, geometry: Geometry, C: int, K: int) -> int:
    """What one worker needs besides the volumes: blocks, and filters with their gradients' sums."""
    F, t = geometry.F, size(geometry)
    numbers = {"winograd": t.W * t.H, "winograd-columns": t.H * F.W}.get(algorithm, F.W * F.H)
    # of windows and what they are multiplied with; transformed, before and after the product
    tiles = max(BLOCK_BYTES, TILES_OF_BLOCK * t.W * t.H * max(C, K) * 4)
    blocks = {"winograd": 6 * tiles, "winograd-columns": 5 * PRODUCT_BYTES}
    return blocks.get(algorithm, 2 * PRODUCT_BYTES) + 3 * 4 * numbers * C * K
