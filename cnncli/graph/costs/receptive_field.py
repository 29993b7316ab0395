"""The receptive field: which part of the image a neuron sees, and how far its neighbour is off."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from cnncli.geometry import Extent
from cnncli.layers.reading import Reads

from .axis_field import AxisField, constant, image_field, read, unite

Step = tuple[Fraction, Fraction]


class ReceptiveField(NamedTuple):
    """What the neurons of a map see, in pixels of the image, across and down.

    From the first pixel to the last, of all channels: pixels between them that no path leads to,
    as a dilation leaves them out, count. Across it is what the neurons of a column see.
    """

    across: AxisField
    down: AxisField

    @property
    def places(self) -> Extent:
        """How many neurons there are."""
        return Extent(self.across.places, self.down.places)

    @property
    def pixels(self) -> Extent:
        """What any neuron sees at most, padding included."""
        return Extent(self.across.field, self.down.field)

    @property
    def jump(self) -> Step:
        """Between the fields of neighbours; a fraction, an average, where a map was made larger."""
        return self.across.jump, self.down.jump

    @property
    def centre(self) -> Step:
        """The middle of the first neuron's field; pixel 0 has its middle at 0."""
        return Fraction(sum(self.across.first), 2), Fraction(sum(self.down.first), 2)


def of_image(size: Extent) -> ReceptiveField:
    """That of an image itself."""
    across = image_field(size.W)
    return ReceptiveField(across, across if size.W == size.H else image_field(size.H))


def look(
    sources: Sequence[ReceptiveField], reads: Sequence[Reads], places: Extent
) -> ReceptiveField:
    """That of channels with so many places, each of whose `reads` is of the source beside it.

    In plain networks r' = r + (F - 1)*jump, jump' = jump*S, start' = start - P*jump, in each axis
    (Araujo, Norris and Sim 2019).
    """
    pairs = list(zip(sources, reads, strict=True))
    across = unite([read(field.across, each.across, places.W) for field, each in pairs])
    if places.W == places.H and all(f.across is f.down and r.across == r.down for f, r in pairs):
        return ReceptiveField(across, across)
    down = unite([read(field.down, each.down, places.H) for field, each in pairs])
    field = ReceptiveField(across, down)
    return blind(field, places) if across.is_blind or down.is_blind else field


def blind(field: ReceptiveField, places: Extent) -> ReceptiveField:
    """That of neurons which see nothing of the image."""
    axes = zip(field, places, strict=True)
    across, down = (constant(axis.pixels, size, None) for axis, size in axes)
    return ReceptiveField(across, down)


def of_all(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """What neurons at the same place see together."""
    if len(fields) == 1:
        return fields[0]
    across, down = (unite(axes) for axes in zip(*fields, strict=True))
    return ReceptiveField(across, down)
