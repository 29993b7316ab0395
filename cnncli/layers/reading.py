"""What the places of a layer's output read of a map, along one axis."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple

from cnncli.bounds import MAX_PERIOD
from cnncli.geometry import Volume


class Reading(NamedTuple):
    """Which positions of a map each place reads, along one axis.

    The rule repeats: `each` neighbours read the same positions, `ranges` has those of one period,
    and places a period further on read positions `step` further on; 0: all places read the same.
    Positions beside the map have no pixel, or, of `beyond`, that of the map's edge or of a mirror
    on it.
    """

    ranges: tuple[range, ...] = (range(1),)
    step: int = 1
    each: int = 1
    beyond: Literal["zero", "reflect", "edge"] = "zero"

    @property
    def period(self) -> int:
        """After how many places the rule repeats."""
        return len(self.ranges) * self.each

    @property
    def stride(self) -> Fraction:
        """From one place to the next, on average, in positions of the map."""
        return Fraction(self.step, self.period)

    @property
    def most(self) -> int:
        """How many positions a place reads at most."""
        return max(map(len, self.ranges))

    def at(self, place: int) -> range:
        """The positions that a place reads; those beside the map are among them."""
        times, rest = divmod(place, self.period)
        found = self.ranges[rest // self.each]
        shift = times * self.step
        return range(found.start + shift, found.stop + shift, found.step)

    def on_map(self, position: int, size: int) -> int:
        """The position on a map of `size` whose pixel stands at one that may be beside it."""
        if self.beyond == "edge":
            return min(max(position, 0), size - 1)
        if self.beyond == "reflect":
            return size - 1 - abs(size - 1 - abs(position))
        return position


class Reads(NamedTuple):
    """What channels of the output read of an input: its number, and which places and channels.

    to: these channels of the output; None: all. channels: the input's that they read; None: all.
    groups: 0: each channel reads one, in their order; n: `to` and `channels` are so many equal
    parts, and each channel of one reads all channels of the other.
    """

    across: Reading = Reading()
    down: Reading = Reading()
    of: int = 0
    to: range | None = None
    channels: range | None = None
    groups: int = 0

    @property
    def axes(self) -> tuple[Reading, Reading]:
        return self.across, self.down

    @property
    def is_in_place(self) -> bool:
        """Whether each place reads its own position."""
        return self.axes == (Reading(), Reading())


def periodic(places: int, step: int, at: Callable[[int], range], among: range) -> Reading:
    """The reading of which `at` says what each place of a period reads, all of it `among` these.

    Of a very long period every place is said to read what any does.
    """
    if places > MAX_PERIOD:
        return Reading((among,), step, each=places)
    return Reading(tuple(at(place) for place in range(places)), step)


def together(readings: Sequence[Reading]) -> Reading:
    """The reading of a place that reads what each of these says, which repeat alike."""
    ranges = zip(*(reading.ranges for reading in readings), strict=True)
    return readings[0]._replace(ranges=tuple(map(_from_first_to_last, ranges)))


def _from_first_to_last(ranges: Sequence[range]) -> range:
    some = [each for each in ranges if each]
    return (
        some[0]
        if len(set(some)) == 1
        else range(
            min((each[0] for each in some), default=0),
            max((each[-1] + 1 for each in some), default=0),
        )
    )


def whole(volume: Volume, groups: int) -> Reads:
    """Every place reads the whole map, in groups of channels."""
    if volume[:2] == (1, 1):
        return Reads(groups=groups)
    return Reads(Reading((range(volume.W),), 0), Reading((range(volume.H),), 0), groups=groups)
