"""How the receptive field of a layer follows from those of the layers before it."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil
from typing import NamedTuple

from cnncli.graph.costs.receptive_field import PIXEL, ReceptiveField, join
from cnncli.graph.network import Node
from cnncli.layers.base import Window

from .explain_cost import Paragraphs
from .layer_numbers import number_text as text


class _Along(NamedTuple):
    """One axis of a sight."""

    field: Fraction
    jump: Fraction
    start: Fraction
    centre: Fraction

    def pixels(self, place: int = 0) -> str:
        """What the neuron at that place sees."""
        first = self.start + place * self.jump
        return f"{text(first)} to {text(first + ceil(self.field) - 1)}"


def sights(node: Node, sources: Sequence[Node]) -> Paragraphs:
    """The paragraphs about what a neuron sees of the image."""
    if not node.in_shapes:
        yield "receptive field", ["1x1: each number belongs to one pixel"]
        return
    before = join([source.receptive_field for source in sources] or [PIXEL])
    if len(sources) > 1:
        seen = [f"{source.name}: {_field(source.receptive_field)}" for source in sources]
        yield (
            "receptive field",
            [*seen, f"from the first pixel to the last: {_field(node.receptive_field)}"],
        )
        return
    window = node.layer.window(node.in_shapes[0])
    if window == Window():
        yield "receptive field", [f"that of what it reads: {_field(node.receptive_field)}"]
    elif not any(node.receptive_field.jump):
        field = node.receptive_field.pixels
        yield "receptive field", [f"{field.W}x{field.H}, the whole image"]
    else:
        yield "receptive field", _by_axis(_recurrence_rows(window, before, node.receptive_field))


def _axes(sight: ReceptiveField) -> tuple[_Along, _Along]:
    across, down = zip(sight.field, sight.jump, sight.start, sight.centre, strict=True)
    return _Along(*across), _Along(*down)


def _field(sight: ReceptiveField) -> str:
    across, down = _axes(sight)
    pixels = across.pixels()
    if across != down:
        pixels = f"{pixels} across, {down.pixels()} down"
    seen = sight.pixels
    return f"{seen.W}x{seen.H}, the first neuron sees pixels {pixels}"


def _recurrence_rows(
    window: Window, before: ReceptiveField, after: ReceptiveField
) -> list[list[str]]:
    """The recurrence with its numbers, for each axis."""
    axes = zip(window.F, window.S, window.offset, _axes(before), _axes(after), strict=True)
    return [
        [
            f"r' = r + (F - 1)*jump = {text(old.field)} + ({F} - 1)*{text(old.jump)} = "
            f"{_whole(new.field)}",
            f"jump' = jump*S = {text(old.jump)}*{_stride(S)} = {text(new.jump)}",
            f"start' = start - P*jump = {text(old.start)} - {text(P)}*{text(old.jump)} = "
            f"{text(new.start)}",
            f"centre' = start' + (r' - 1)/2 = {text(new.start)} + ({text(new.field)} - 1)/2 = "
            f"{text(new.centre)}",
            f"the first neuron sees pixels {new.pixels()}, the next one {new.pixels(1)}",
        ]
        for F, S, P, old, new in axes
    ]


def _whole(field: Fraction) -> str:
    """A field is counted in whole pixels."""
    return text(field) if field.denominator == 1 else f"{text(field)}, at most {ceil(field)}"


def _stride(S: Fraction | int) -> str:
    return str(S) if Fraction(S).denominator == 1 else f"({S})"


def _by_axis(lines: list[list[str]]) -> list[str]:
    across, down = lines
    if across == down:
        return across
    return [f"across: {line}" for line in across] + [f"down: {line}" for line in down]
