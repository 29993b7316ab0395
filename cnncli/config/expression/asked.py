"""Expressions that ask for the size of what goes in, and which layer's output that is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnncli.config.expression.expression import Expression
from cnncli.geometry import Volume


@dataclass(frozen=True)
class Asked:
    """An expression in its place in the network.

    names: the values of the names that it mentions, of which some may be Asked themselves.
    source: the layer whose output `input` is; None where that is not known.
    """

    expression: Expression
    names: Mapping[str, Any] = field(compare=False)
    source: str | None

    @property
    def sources(self) -> frozenset[str]:
        """The layers on whose outputs the value depends."""
        return frozenset(each.source for each in self._parts() if each.source)

    def _parts(self) -> "list[Asked]":
        """Itself, and all that it is made of that asks for a size."""
        found: dict[int, Asked] = {}
        waiting = [self]
        while waiting:
            each = waiting.pop()
            if id(each) not in found:
                found[id(each)] = each
                waiting += [value for value in each.names.values() if isinstance(value, Asked)]
        return [each for each in found.values() if each.expression.sizes]

    def value(self, outputs: Mapping[str, Volume]) -> Any:
        """What the expression gives, with the outputs of layers by their names.

        Raises ExpressionError; SizeUnknown, which is one, where an output is not there.
        """
        return self._value(outputs, {})[0]

    def given(self, outputs: Mapping[str, Volume]) -> tuple[Any, dict[str, Any], Volume | None]:
        """Its value, those of its names, and the size that goes in. Raises as `value` does."""
        return self._value(outputs, {})

    def is_on(self, outputs: Mapping[str, Volume]) -> bool:
        """What it gives as a condition. Raises as `value` does."""
        value, names, size = self._value(outputs, {})
        return value if isinstance(value, bool) else self.expression.is_on(names, size)

    def _value(
        self, outputs: Mapping[str, Volume], known: dict[int, Any]
    ) -> tuple[Any, dict[str, Any], Volume | None]:
        names = {}
        for name, value in self.names.items():
            if isinstance(value, Asked):
                if id(value) not in known:
                    known[id(value)] = value._value(outputs, known)[0]
                value = known[id(value)]
            names[name] = value
        size = outputs.get(self.source) if self.source else None
        return self.expression.value(names, size), names, size
