"""What a neuron sees of an image."""

from collections.abc import Sequence
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.graph.costs.receptive_field import ReceptiveField
from cnncli.page.png import data_url
from cnncli.page.shrinking import shrink, visible

PADDING = 127
"""The grey of what lies outside an image."""


def span(seen: ReceptiveField, axis: int, place: int) -> tuple[int, int]:
    """The first pixel that a neuron at that place sees across (0) or down (1), and the one after.

    They may lie outside the image, in the padding.
    """
    start = seen.start[axis] + seen.jump[axis] * place
    return floor(start), ceil(start + seen.field[axis])


def patch(image: NDArray[np.uint8], seen: ReceptiveField, y: int, x: int) -> NDArray[np.uint8]:
    """The pixels (h, w, C) of an image (H, W, C) that a neuron sees; grey is outside.

    A field as wide as the image, or as high, or more so, is cut to it.
    """
    H, W, C = image.shape
    spans = []
    for axis, place, size in ((1, y, H), (0, x, W)):
        first, last = span(seen, axis, place)
        spans.append((0, size) if last - first >= size else (first, last))
    (top, bottom), (left, right) = spans
    found = np.full((bottom - top, right - left, C), PADDING, np.uint8)
    above, before = max(top, 0), max(left, 0)
    part = image[above : max(bottom, 0), before : max(right, 0)]
    found[above - top :, before - left :][: part.shape[0], : part.shape[1]] = part
    return found


def atlas(rows: Sequence[Sequence[NDArray[Any]]], side: int) -> tuple[str, tuple[int, int]]:
    """Pictures (h, w, C) of one size in rows, as one; each shrunk to that side.

    Returns the address of the picture, and the size (w, h) that each has in it.
    """
    shown = [[visible(shrink(each, side)) for each in row] for row in rows]
    h, w, _ = shown[0][0].shape
    whole = np.concatenate([np.concatenate(row, axis=1) for row in shown], axis=0)
    return data_url(np.ascontiguousarray(whole)), (w, h)
