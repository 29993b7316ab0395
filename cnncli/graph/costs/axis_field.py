"""What the neurons of a map see of an image along one axis: from the first pixel to the last."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import chain, takewhile
from math import lcm
from typing import NamedTuple, TypeAlias

from cnncli.bounds import MAX_PERIOD, MAX_PLACES
from cnncli.layers.reading import Reading

Span: TypeAlias = "tuple[int, int] | None"
"""The first pixel and the last; None: no pixel."""

_FEW = 8
"""Neurons that are asked one by one."""


class AxisField(NamedTuple):
    """The spans of `places` neurons in `pixels` of an image.

    On a map without end they would repeat: neuron `len(spans)` sees what neuron 0 does, `step`
    pixels further on. Empty `spans`: they do not. At the borders of the image and of maps other
    spans may be seen, which stand in `head` for the first neurons and in `tail` for the last.
    """

    pixels: int
    places: int
    step: int
    period: int
    spans: tuple[Span, ...]
    head: tuple[Span, ...] = ()
    tail: tuple[Span, ...] = ()

    def endless(self, place: int) -> Span:
        """What a neuron sees on a map without end, whose image has no end either."""
        times, rest = divmod(place, len(self.spans))
        span, shift = self.spans[rest], times * self.step
        return span and (span[0] + shift, span[1] + shift)

    def seen(self, place: int) -> Span:
        """What a neuron of the map sees of the image."""
        if place < len(self.head):
            return self.head[place]
        if place >= self.places - len(self.tail):
            return self.tail[place - self.places]
        return self._within(self.endless(place))

    def reach(self, place: int) -> Span:
        """The same with the padding in it, as far as neurons repeat."""
        return self.endless(place) if self.spans else self.seen(place)

    def _within(self, span: Span) -> Span:
        if span is None or span[1] < 0 or span[0] >= self.pixels:
            return None
        return max(span[0], 0), min(span[1], self.pixels - 1)

    def repeats(self, place: int, span: Span) -> bool:
        """Whether a neuron sees what the others let expect."""
        expected = self.endless(place)
        return span == self._within(expected) and (span is not None or expected is None)

    @property
    def whole(self) -> Span:
        """What every neuron sees, where all see the same; else None."""
        repeats = self.step == 0 and len(self.spans) == 1 and not self.head and not self.tail
        return self.spans[0] if repeats else None

    @property
    def is_blind(self) -> bool:
        """Whether no neuron sees a pixel."""
        return self.seen_by(range(self.places)) is None

    @property
    def jump(self) -> Fraction:
        """From what a neuron sees to what its neighbour sees, on average."""
        return Fraction(self.step, self.period)

    @property
    def nominal(self) -> Sequence[Span]:
        """What the first neurons see, padding included: of each kind one."""
        if not self.spans:
            return self.head
        return [self.reach(place) for place in range(min(len(self.spans), self.places))]

    @property
    def field(self) -> int:
        """How many pixels a neuron sees at most, padding included."""
        return max(map(length, self.nominal), default=0)

    @property
    def first(self) -> tuple[int, int]:
        """What the first neuron sees that sees anything, padding included."""
        return next(filter(None, self.nominal), (0, -1))

    def seen_by(self, places: range) -> Span:
        """What these neurons see together; those beside the map see nothing."""
        if len(places) <= _FEW:
            return hull(self.seen(place) for place in places if 0 <= place < self.places)
        begin, end = len(self.head), self.places - len(self.tail)
        parts = (
            _between(places, 0, begin),
            _ends(_between(places, begin, end), len(self.spans)),
            _between(places, end, self.places),
        )
        return hull(map(self.seen, chain(*parts)))

    def endless_by(self, places: range) -> Span:
        """The same on a map without end."""
        return hull(map(self.endless, _ends(places, len(self.spans))))


def length(span: Span) -> int:
    """How many pixels there are from the first to the last."""
    return span[1] - span[0] + 1 if span else 0


def hull(spans: Iterable[Span]) -> Span:
    """From the first pixel of any to the last."""
    seen = [span for span in spans if span]
    if len(seen) < 2:
        return seen[0] if seen else None
    firsts, lasts = zip(*seen, strict=True)
    return min(firsts), max(lasts)


def _between(places: range, low: int, high: int) -> range:
    """Those from `low` on and below `high`."""
    begin = max(-((places.start - low) // places.step), 0)
    end = max(-((places.start - high) // places.step), 0)
    return places[begin:end]


def _ends(places: range, period: int) -> Iterable[int]:
    """Those among which the first pixel and the last are seen: a period from either end."""
    return places if len(places) <= 2 * period else chain(places[:period], places[-period:])


def image_field(pixels: int) -> AxisField:
    """That of an image itself: each place sees its pixel."""
    return AxisField(pixels, pixels, 1, 1, ((0, 0),))


def read(before: AxisField, reading: Reading, places: int) -> AxisField:
    """That of a layer with so many places, which read those of `before`."""
    if reading == Reading() and places == before.places:
        return before
    if reading.step == 0:
        return constant(before.pixels, places, before.seen_by(reading.ranges[0]))
    times = lcm(reading.step, before.period) // reading.step
    period, step = reading.period * times, before.step * (reading.step * times // before.period)
    has_period = before.spans and period <= MAX_PERIOD
    spans = [before.endless_by(reading.at(place)) for place in range(period if has_period else 0)]
    field = AxisField(before.pixels, places, step, period, tuple(spans))

    def seen(place: int) -> Span:
        positions = reading.at(place)
        if reading.beyond == "zero":
            return before.seen_by(positions)
        return hull(before.seen(reading.on_map(each, before.places)) for each in positions)

    left, right = _inside(before, reading, places) if spans else (places, places)
    return _with_border(field, seen, left, right)


def unite(fields: Sequence[AxisField]) -> AxisField:
    """That of a layer whose places see what each of these, of as many places, sees there."""
    fields = [each for each in fields if any(each.spans) or any(each.head)] or fields[:1]
    first, *others = fields
    if all(each is first or each == first for each in others):
        return first
    fastest = max(fields, key=lambda each: each.jump)
    period = lcm(*(each.period for each in fields))
    is_regular = all(each.spans and each.jump == first.jump for each in fields)
    spans: list[Span] = []
    if is_regular and period <= MAX_PERIOD:
        spans = [hull(each.endless(place) for each in fields) for place in range(period)]
    step = fastest.step * period // fastest.period
    field = AxisField(first.pixels, first.places, step, period, tuple(spans))
    left, right = first.places, first.places
    if spans:
        left = max(len(each.head) for each in fields)
        right = max(left, first.places - max(len(each.tail) for each in fields))
    return _with_border(field, lambda place: hull(e.seen(place) for e in fields), left, right)


def constant(pixels: int, places: int, span: Span) -> AxisField:
    """That of neurons that all see the same."""
    return AxisField(pixels, places, 0, 1, (span,))


def _inside(before: AxisField, reading: Reading, places: int) -> tuple[int, int]:
    """From which place on, and before which one, none reads beside the map or of its border."""
    begin, end, left, right = len(before.head), before.places - len(before.tail), 0, places
    period, each = reading.period, reading.each
    for number, positions in enumerate(reading.ranges):
        if positions:
            too_early = -((positions[0] - begin) // reading.step)
            early_enough = -((positions[-1] - end) // reading.step)
            left = max(left, (too_early - 1) * period + (number + 1) * each)
            right = min(right, early_enough * period + number * each)
    left = min(left, places)
    return left, max(left, right)


def _with_border(field: AxisField, seen: Callable[[int], Span], left: int, right: int) -> AxisField:
    """With what the first `left` neurons see, and those from `right` on.

    Of too many all are said to see the whole image, or what they would on maps without end.
    """
    if left + field.places - right > MAX_PLACES:
        return field if field.spans else constant(field.pixels, field.places, (0, field.pixels - 1))
    head = [seen(place) for place in range(left)]
    tail = [seen(place) for place in range(right, field.places)]
    if field.spans:
        while head and field.repeats(len(head) - 1, head[-1]):
            head.pop()
        skipped = takewhile(lambda at: field.repeats(right + at, tail[at]), range(len(tail)))
        del tail[: len(list(skipped))]
        if field.step == 0 and len(set(field.spans)) == 1:
            field = field._replace(spans=field.spans[:1], period=1)
    elif len(set(head)) == 1:
        return constant(field.pixels, field.places, head[0])
    return field._replace(head=tuple(head), tail=tuple(tail))
