"""The receptive field: which part of the image a neuron sees, and how far its neighbour is off."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from cnncli.geometry import Extent
from cnncli.layers.base import Window

Step = tuple[Fraction, Fraction]


class ReceptiveField(NamedTuple):
    """What the neurons of a map see, in pixels of the image, across and down.

    field: how much one neuron sees; after a layer that makes maps larger it may be a fraction,
    an average over neighbours. jump: between the fields of neighbours. start: the first pixel of
    the first neuron's field, negative where padding is in it.
    """

    field: Step
    jump: Step
    start: Step

    @property
    def pixels(self) -> Extent:
        """The field in whole pixels: what any neuron sees at most."""
        return Extent(ceil(self.field[0]), ceil(self.field[1]))

    @property
    def centre(self) -> Step:
        """The middle of the first neuron's field; pixel 0 has its middle at 0."""
        (across, down), (W, H) = self.start, self.field
        return across + (W - 1) / 2, down + (H - 1) / 2


_ONE, _ZERO = Fraction(1), Fraction(0)
PIXEL = ReceptiveField((_ONE, _ONE), (_ONE, _ONE), (_ZERO, _ZERO))
"""A place of the image itself."""


def look_through(
    before: ReceptiveField, window: Window, size: Extent, out: Extent, image: Extent
) -> ReceptiveField:
    """That of a layer which looks through `window` at a map of `size`, at `out` places.

    r' = r + (F - 1) * jump, jump' = jump * S, start' = start - P * jump, in each axis (Araujo,
    Norris and Sim 2019). One window over the whole map sees the whole image, and so does all that
    follows: its jump is 0.
    """
    is_one = window.F == size != (1, 1) and out == (1, 1) and window.offset == (0, 0)
    if window.whole or is_one:
        whole = Fraction(image.W), Fraction(image.H)
        return ReceptiveField(whole, (_ZERO, _ZERO), (_ZERO, _ZERO))
    axes = zip(*before, window.F, window.S, window.offset, strict=True)
    seen = ((r + (F - 1) * jump, jump * S, start - P * jump) for r, jump, start, F, S, P in axes)
    return ReceptiveField(*zip(*seen, strict=True))


def join(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """That of a layer which joins several: from the first pixel to the last of any."""
    if len(fields) == 1:
        return fields[0]
    axes = []
    for axis in (0, 1):
        start = min(each.start[axis] for each in fields)
        end = max(each.start[axis] + each.field[axis] for each in fields)
        axes.append((end - start, max(each.jump[axis] for each in fields), start))
    return ReceptiveField(*zip(*axes, strict=True))
