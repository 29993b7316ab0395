"""What a neuron sees of an image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.graph.costs.axis_field import AxisField, length
from cnncli.graph.costs.receptive_field import ReceptiveField
from cnncli.page.png import data_url
from cnncli.page.shrinking import shrink, visible

PADDING = 127
"""The grey of what lies outside an image."""


def patch(image: NDArray[np.uint8], seen: ReceptiveField, y: int, x: int) -> NDArray[np.uint8]:
    """The pixels (h, w, C) of an image (H, W, C) that a neuron sees; grey is what it does not see.

    All patches of a layer are as large as its largest field, in whose middle a smaller one lies.
    A field as wide as the image, or as high, or more so, is cut to it.
    """
    (top, bottom), (above, below) = _places(seen.down, y)
    (left, right), (before, after) = _places(seen.across, x)
    found = np.full((bottom - top, right - left, image.shape[2]), PADDING, np.uint8)
    part = image[above:below, before:after]
    found[above - top : below - top, before - left : after - left] = part
    return found


def _places(field: AxisField, place: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Where a patch begins and ends, and what of it is seen."""
    if field.field >= field.pixels:
        return (0, field.pixels), (0, field.pixels)
    seen, reach = field.seen(place) or (0, -1), field.reach(place) or (0, -1)
    begin = reach[0] - (field.field - length(reach)) // 2
    if seen[0] < begin or seen[1] >= begin + field.field:  # a mirror shows other pixels
        begin = seen[0]
    return (begin, begin + field.field), (seen[0], seen[1] + 1)


def atlas(rows: Sequence[Sequence[NDArray[Any]]], side: int) -> tuple[str, tuple[int, int]]:
    """Pictures (h, w, C) of one size in rows, as one; each shrunk to that side.

    Returns the address of the picture, and the size (w, h) that each has in it.
    """
    shown = [[visible(shrink(each, side)) for each in row] for row in rows]
    h, w, _ = shown[0][0].shape
    whole = np.concatenate([np.concatenate(row, axis=1) for row in shown], axis=0)
    return data_url(np.ascontiguousarray(whole)), (w, h)
