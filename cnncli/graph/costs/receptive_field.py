"""The receptive field: which part of the image a neuron sees, and how far its neighbour is off."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from cnncli.geometry import Extent
from cnncli.layers.base import Window

Step = tuple[Fraction, Fraction]


class Sight(NamedTuple):
    """What the neurons of a map see, in pixels of the image, across and down.

    field: how much one neuron sees; behind a layer that makes maps larger it may be a fraction,
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
PIXEL = Sight((_ONE, _ONE), (_ONE, _ONE), (_ZERO, _ZERO))
"""A place of the image itself."""


def through(sight: Sight, window: Window, size: Extent, out: Extent, image: Extent) -> Sight:
    """The sight behind a layer that looks through `window` at a map of `size`, at `out` places.

    r' = r + (F - 1) * jump, jump' = jump * S, start' = start - P * jump, in each axis (Araujo,
    Norris and Sim 2019). One window over the whole map sees the whole image, and so does all that
    follows: its jump is 0.
    """
    is_one = window.F == size != (1, 1) and out == (1, 1) and window.offset == (0, 0)
    if window.whole or is_one:
        return Sight((Fraction(image.W), Fraction(image.H)), (_ZERO, _ZERO), (_ZERO, _ZERO))
    axes = [
        _along(*axis)
        for axis in zip(
            sight.field, sight.jump, sight.start, window.F, window.S, window.offset, strict=True
        )
    ]
    (r_w, jump_w, start_w), (r_h, jump_h, start_h) = axes
    return Sight((r_w, r_h), (jump_w, jump_h), (start_w, start_h))


def _along(
    r: Fraction,
    jump: Fraction,
    start: Fraction,
    F: int,
    S: Fraction | int,
    offset: Fraction | int,
) -> tuple[Fraction, Fraction, Fraction]:
    return r + (F - 1) * jump, jump * S, start - offset * jump


def joined(sights: Sequence[Sight]) -> Sight:
    """The sight behind a layer that joins several: from the first pixel to the last of any."""
    if len(sights) == 1:
        return sights[0]
    starts, ends = zip(*(_ends(sight) for sight in sights), strict=True)
    start = min(s[0] for s in starts), min(s[1] for s in starts)
    end = max(e[0] for e in ends), max(e[1] for e in ends)
    jump = max(s.jump[0] for s in sights), max(s.jump[1] for s in sights)
    return Sight((end[0] - start[0], end[1] - start[1]), jump, start)


def _ends(sight: Sight) -> tuple[Step, Step]:
    (across, down), (W, H) = sight.start, sight.field
    return (across, down), (across + W, down + H)
