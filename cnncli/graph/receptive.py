"""The receptive field: how much of the image one neuron sees, and how far its neighbour is off."""

from typing import NamedTuple

from cnncli.kernels.geometry import Extent
from cnncli.layers.base import Window


class Sight(NamedTuple):
    """What a neuron sees: `field` in pixels of the image, `jump` between neighbours' centres."""

    field: Extent
    jump: Extent


PIXEL = Sight(Extent(1, 1), Extent(1, 1))
"""A place of the image itself."""


def through(sight: Sight, window: Window, size: Extent, image: Extent) -> Sight:
    """The sight behind a layer that looks through `window` at a map of `size`.

    r' = r + (F - 1) * jump and jump' = jump * S, in each axis. A window over the whole map sees
    the whole image, and so does all that follows: its jump is 0.
    """
    if window.F == size != (1, 1):
        return Sight(image, Extent(0, 0))
    (r_w, r_h), (jump_w, jump_h) = sight
    return Sight(
        Extent(r_w + (window.F.W - 1) * jump_w, r_h + (window.F.H - 1) * jump_h),
        Extent(jump_w * window.S.W, jump_h * window.S.H),
    )
