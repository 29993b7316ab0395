"""How the receptive field of a layer follows from those of the layers before it."""

from collections.abc import Sequence
from fractions import Fraction

from cnncli.geometry import Extent
from cnncli.graph.costs.axis_field import AxisField, length
from cnncli.graph.costs.receptive_field import ReceptiveField, of_image
from cnncli.graph.network import Node
from cnncli.layers.reading import Reading, together
from cnncli.text import join_words

from .explain_cost import Paragraphs
from .layer_numbers import number_text as text


def sights(node: Node, sources: Sequence[Node]) -> Paragraphs:
    """The paragraphs about what a neuron sees of the image."""
    if not node.in_shapes:
        yield "receptive field", ["1x1: each number belongs to one pixel"]
        return
    sight, reads = node.receptive_field, node.layer.reads(node.in_shapes)
    if len(sources) > 1:
        seen = [f"{source.name}: {_field(source.receptive_field)}" for source in sources]
        yield "receptive field", [*seen, f"from the first pixel to the last: {_field(sight)}"]
    elif all(each.is_in_place for each in reads):
        yield "receptive field", [f"that of what it reads: {_field(sight)}"]
    elif sight.across.whole and sight.down.whole:
        yield "receptive field", [_field(sight)]
    else:
        image = of_image(Extent(sight.across.pixels, sight.down.pixels))
        before = sources[0].receptive_field if sources else image
        readings = map(together, zip(*(each.axes for each in reads), strict=True))
        axes = zip(readings, before, sight, strict=True)
        yield "receptive field", _by_axis([_rows(*axis) for axis in axes])


def _field(sight: ReceptiveField) -> str:
    """The field with what the first neuron sees; where all see the same, that."""
    across, down = sight
    W, H = sight.pixels
    if (across.whole, down.whole) == ((0, across.pixels - 1), (0, down.pixels - 1)):
        return f"{W}x{H}, the whole image"
    seen = _pixels(across, 0)
    if seen != _pixels(down, 0):
        seen = f"{seen} across, {_span(down, 0)} down"
    return f"{W}x{H}, {_who(across, down)} {seen}"


def _who(*axes: AxisField) -> str:
    return f"{'every' if all(axis.whole for axis in axes) else 'the first'} neuron sees"


def _pixels(field: AxisField, place: int) -> str:
    """What a neuron sees, as an object."""
    seen = field.seen(place)
    if seen is None:
        return "no pixel"
    return f"{'pixel' if seen[0] == seen[1] else 'pixels'} {_span(field, place)}"


def _span(field: AxisField, place: int) -> str:
    """The same without a noun; pixels of the image, and how many more lie beside it."""
    seen, reach = field.seen(place), field.reach(place)
    if seen is None:
        return "none"
    pixels = str(seen[0]) if seen[0] == seen[1] else f"{seen[0]} to {seen[1]}"
    beside = max(-reach[0], 0) + max(reach[1] + 1 - field.pixels, 0) if reach else 0
    beside = min(beside, length(reach) - length(seen))
    return f"{pixels} and {beside:,} beyond the border" if beside else pixels


def _rows(reading: Reading, old: AxisField, new: AxisField) -> list[str]:
    """The recurrence with its numbers, along one axis, and what the first neurons see."""
    if new.whole:
        return [f"{_who(new)} {_pixels(new, 0)}"]
    stride = text(reading.stride) if reading.period == 1 else f"({reading.stride})"
    jump = f"jump' = jump*S = {text(old.jump)}*{stride} = {text(new.jump)}"
    seen = f"the first neuron sees {_pixels(new, 0)}"
    if new.places > 1:
        seen += f", the next one {_span(new, 1)}"
    if len(old.spans) == len(new.spans) == reading.period == 1:
        return [*_recurrence(reading, old, new, jump), seen]
    numbers = sorted(set(map(length, new.nominal)))
    each = "every neuron sees as many"
    if len(numbers) > 1:
        each = f"the most that a neuron sees; neighbours see {join_words(map(str, numbers), 'or')}"
    return [f"r' = {new.field}, {each}", jump, seen]


def _recurrence(reading: Reading, old: AxisField, new: AxisField, jump: str) -> list[str]:
    positions, r, (start, last) = reading.ranges[0], new.field, new.first
    F, P, centre = positions[-1] - positions[0] + 1, -positions[0], Fraction(start + last, 2)
    return [
        f"r' = r + (F - 1)*jump = {old.field} + ({F} - 1)*{text(old.jump)} = {r}",
        jump,
        f"start' = start - P*jump = {old.first[0]} - {P}*{text(old.jump)} = {start}",
        f"centre' = start' + (r' - 1)/2 = {start} + ({r} - 1)/2 = {text(centre)}",
    ]


def _by_axis(lines: list[list[str]]) -> list[str]:
    across, down = lines
    if across == down:
        return across
    return [f"across: {line}" for line in across] + [f"down: {line}" for line in down]
