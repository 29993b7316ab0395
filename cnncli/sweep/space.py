"""A space: domains by their keys, some of which are there only under conditions."""

from collections.abc import Callable, Iterator
from functools import cached_property
from graphlib import TopologicalSorter
from typing import Any

from .domains import Domain
from .presence import around


class Space(dict[str, Domain]):
    """Domains by dotted keys, in the order of the file; it does not change."""

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The keys, each after those that its conditions name. Raises CycleError."""
        needs = {key: [self.holder(c.key) for c in domain.when] for key, domain in self.items()}
        sorter = TopologicalSorter({key: [n for n in all if n] for key, all in needs.items()})
        return tuple(sorter.static_order())

    def holder(self, key: str) -> str | None:
        """The key of the space whose value has that key's; None: there is none."""
        return next((outer for outer in around(key) if outer in self), None)

    def fill(self, draw: Callable[[str, Domain], Any]) -> dict[str, Any]:
        """A value for each key whose conditions hold, in the order of the file."""
        values: dict[str, Any] = {}
        for key in self.order:
            if all(condition.holds(values) for condition in self[key].when):
                values[key] = draw(key, self[key])
        return {key: values[key] for key in self if key in values}

    def points(self) -> Iterator[dict[str, Any]]:
        """Those of the grid, of which the last key changes first.

        Each once: a key that is not there does not multiply them.
        """
        yield from self._points({}, 0)

    def _points(self, values: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        if depth == len(self):
            yield {key: values[key] for key in self if key in values}
            return
        key = self.order[depth]
        if not all(condition.holds(values) for condition in self[key].when):
            yield from self._points(values, depth + 1)
            return
        for value in self[key].grid():
            yield from self._points({**values, key: value}, depth + 1)

    @cached_property
    def grid(self) -> tuple[dict[str, Any], ...]:
        """All points of the grid, whose number was judged before."""
        return tuple(self.points())
