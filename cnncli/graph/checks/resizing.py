"""Other sizes of the images: the nearest with which a problem is gone, and those that are usual."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from cnncli.geometry import Volume

from .candidates import Change

LEAST_SHARE = 2
"""A smaller INPUT keeps at least this part of the written width and height: a half."""
LEAST_USUAL_SHARE = 5
"""The same for sizes that images usually have: a fifth, as of 1000 that are made 224."""
USUAL_SIDES: dict[int, float] = {224: 0, 32: 0, 28: 0.5, 227: 0.5, 256: 0.5, 299: 0.5}
USUAL_SIDES |= dict.fromkeys((64, 96, 128, 320, 384, 416, 512), 1.0)
"""Sides of images that published networks are made for, and how rare they are."""
_FARTHEST = 64
"""How far from the written size of the images another one is looked for."""


def nearest_sizes(size: Volume, amount: Callable[[Change], Fraction | None]) -> Iterator[Change]:
    """The nearest smaller and larger one of which the amount of change is known: it mends."""
    W, H, D = size
    for sign in (-1, 1):
        for across, down in _distances(W == H):
            other = Volume(W + sign * across, H + sign * down, D)
            if other.W * LEAST_SHARE < W or other.H * LEAST_SHARE < H:
                break
            change = Change(0, "size", other, Fraction(0))
            if (changed := amount(change)) is not None:
                yield change._replace(amount=changed)
                break


def _distances(square: bool) -> list[tuple[int, int]]:
    """By how much a size may change across and down, the smallest first."""
    if square:
        return [(d, d) for d in range(1, _FARTHEST + 1)]
    near = range(_FARTHEST // 8 + 1)
    return sorted(((a, d) for a in near for d in near), key=lambda pair: (max(pair), sum(pair)))[1:]


def usual_sizes(size: Volume) -> Iterator[Volume]:
    """Square images of each side, those of published networks, and grey and coloured ones."""
    W, H, D = size
    for side in dict.fromkeys((max(W, H), min(W, H))):
        yield Volume(side, side, D)
    for side in USUAL_SIDES:
        if side * LEAST_USUAL_SHARE >= max(W, H):
            yield Volume(side, side, D)
    for depth in (1, 3):
        yield Volume(W, H, depth)
