"""Where a network branches and comes together again: what can be a block of its own."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cnncli.layers.base import Layer

BEFORE = -1
"""The place, in a unit, of what it reads."""


class Line(NamedTuple):
    """A layer, what has to be written of it, and the places of what it reads in the network.

    complete: all its hyperparameters.
    """

    layer: Layer
    given: Mapping[str, Any]
    complete: Mapping[str, Any]
    inputs: tuple[int, ...]

    @property
    def numbers(self) -> dict[str, int | float]:
        """Those that are numbers, and that a block may have as parameters."""
        return {name: value for name, value in self.complete.items() if is_number(value)}


@dataclass(frozen=True)
class Unit:
    """Layers of which the first reads the layer before them, and the last alone is read later.

    Of one layer, or of all between a branch and where its paths have joined. Inputs are places in
    here.
    """

    lines: tuple[Line, ...]

    @property
    def form(self) -> tuple[Any, ...]:
        """What it has in common with units that differ in numbers alone."""
        return tuple((line.layer.kind, _words(line.given), line.inputs) for line in self.lines)


def is_number(value: Any) -> bool:
    """Whether a block may have it as a parameter."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, repr(value)) for name, value in given.items() if not is_number(value))


def units(lines: Sequence[Line]) -> Iterator[Unit]:
    """The layers behind the first, in their order, cut wherever one layer alone is read later."""
    last = [0] * len(lines)
    for place, line in enumerate(lines):
        for source in line.inputs:
            last[source] = place
    begin, furthest = 1, 0
    for place in range(1, len(lines)):
        furthest = max(furthest, last[place - 1])
        if furthest <= place:
            inside = lines[begin : place + 1]
            yield Unit(
                tuple(
                    line._replace(inputs=tuple(source - begin for source in line.inputs))
                    for line in inside
                )
            )
            begin = place + 1
