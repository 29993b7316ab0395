"""Units that branch, as blocks with parameters."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from .layer_text import layer_text
from .pattern_repeats import joined
from .units import BEFORE, Line, Unit, is_number


class Block:
    """Units of one form. Where their numbers differ, they are parameters."""

    def __init__(self, name: str, units: Sequence[Unit]) -> None:
        self.name = name
        self._lines = [_together(lines) for lines in zip(*(u.lines for u in units), strict=True)]
        self._parameters = _parameters(self._lines, units)

    def use(self, unit: Unit) -> str:
        """`block1(K=64)`."""
        given = {
            name: unit.lines[place].numbers[key] for (place, key), name in self._parameters.items()
        }
        inner = ", ".join(f"{name}={value}" for name, value in given.items())
        return f"{self.name}({inner})" if inner else self.name

    def lines(self) -> Iterator[str]:
        """Its definition below `blocks:`; each path begins a line."""
        yield f"  {self.name}:"
        if names := list(dict.fromkeys(self._parameters.values())):
            yield f"    parameters: [{', '.join(names)}]"
        yield "    layers:"
        path: list[str] = []
        for place, text in enumerate(self._texts()):
            if place and self._lines[place].inputs != (place - 1,):
                yield from (f"      - {line}" for line in joined(path))
                path = []
            path.append(text)
        yield from (f"      - {line}" for line in joined(path))

    def _texts(self) -> Iterator[str]:
        """Each layer; those that are read from elsewhere than the next line have names."""
        lines = self._lines
        named = {
            source: f"{lines[source].layer.kind.lower()}_{source + 1}"
            for place, line in enumerate(lines)
            for source in line.inputs
            if source not in (BEFORE, place - 1)
        }
        for place, line in enumerate(lines):
            given: dict[str, Any] = {
                name: self._parameters.get((place, name), value)
                for name, value in line.given.items()
            }
            if line.inputs != (place - 1,):
                sources = ["input" if n == BEFORE else named.get(n, -1) for n in line.inputs]
                given["from"] = sources if len(sources) > 1 else sources[0]
            if place in named:
                given["name"] = named[place]
            yield layer_text(line.layer, given)


def _together(lines: Sequence[Line]) -> Line:
    """The first of some units' layers of one place, with all that any of them has to say."""
    first = lines[0]
    said = {name for line in lines for name in line.given}
    return first._replace(
        given={
            name: first.given.get(name, first.complete[name])
            for name in first.complete
            if name in said
        }
    )


def _parameters(lines: Sequence[Line], units: Sequence[Unit]) -> dict[tuple[int, str], str]:
    """A name for each number that differs between units: `K`, or `K1` and `K2` where two do."""
    columns: dict[str, dict[tuple[float, ...], list[tuple[int, str]]]] = defaultdict(dict)
    for place, line in enumerate(lines):
        for name in line.given:
            if is_number(line.given[name]):
                values = tuple(unit.lines[place].numbers[name] for unit in units)
                if len(set(values)) > 1:
                    columns[name].setdefault(values, []).append((place, name))
    return {
        where: name if len(different) == 1 else f"{name}{number}"
        for name, different in columns.items()
        for number, places in enumerate(different.values(), 1)
        for where in places
    }
