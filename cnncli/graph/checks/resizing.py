"""Other sizes of the images: the nearest with which a problem is gone, and those that are usual."""

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from cnncli.geometry import Volume
from cnncli.layers.input import Input

from .candidates import Change
from .orders import input_orders

if TYPE_CHECKING:
    from .trials import Problems, Trials

LEAST_SHARE = 2
"""A smaller INPUT keeps at least this part of the written width and height: a half."""
LEAST_USUAL_SHARE = 5
"""The same for sizes that images usually have: a fifth, as of 1000 that are made 224."""
USUAL_SIDES = {224: 0, 32: 0, 28: 0.5, 227: 0.5, 256: 0.5, 299: 0.5}
USUAL_SIDES |= dict.fromkeys((64, 96, 128, 320, 384, 416, 512), 1)
"""Sides of images that published networks are made for, and how rare they are."""
_FARTHEST = 64
"""How far from the written size of the images another one is looked for."""


def resizes(trials: "Trials", index: int, problems: "Problems") -> list[Change]:
    """The nearest smaller and larger size of the images with which the problem is gone.

    How much they change is seen on the map that the layer gets, like other changes of it.
    """
    first = trials.blueprint.layers[0].layer
    if not isinstance(first, Input) or first.size is None or trials.blueprint.contexts[0].image:
        return []
    W, H, D = first.size
    same = problems.intersection(trials.copies(index))
    found = [*input_orders(first.size)]
    shapes = trials.base.in_shapes[index] or ()
    if len(shapes) > 1 and len({volume[:2] for volume in shapes}) == 1:
        return found  # only depths differ
    for sign in (-1, 1):
        for across, down in _distances(W == H):
            size = Volume(W + sign * across, H + sign * down, D)
            if size.W * LEAST_SHARE < W or size.H * LEAST_SHARE < H or trials.budget["sizes"] < 0:
                break
            change = Change(0, "size", size, Fraction(0))
            if trials.attempt([change], "sizes", problems - same) is None:
                continue
            seen = trials.infer([change], "sizes")
            if trials.problems(seen) <= problems - same:
                maps = [each.in_shapes[index] for each in (trials.base, seen)]
                before, after = (shapes[0] if shapes else size for shapes in maps)
                sides = zip(before[:2], after[:2], strict=True)
                amount = max(Fraction(abs(a - b), b) for b, a in sides)
                found.append(change._replace(amount=amount))
                break
    return found


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
