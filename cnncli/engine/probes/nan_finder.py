"""Where numbers stop being finite, found by repeating a step under the eyes of a watcher."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.graph.network import Graph
from cnncli.layers.base import Params, Run

from .wrapped import Wrapped, wrapped

if TYPE_CHECKING:
    from cnncli.layers.base import Array


class Sighting(NamedTuple):
    """Something that is not finite, and how many layers had computed before."""

    turn: int
    what: str


@dataclass
class Watcher:
    """Notes the first thing of a step that is not finite."""

    turn: int = 0
    first: Sighting | None = None

    def look(self, what: str, arrays: Iterable[NDArray[Any] | None]) -> None:
        """After a layer, or the loss, has computed."""
        self.turn += 1
        if self.first is None and not all(map(is_finite, arrays)):
            self.first = Sighting(self.turn, what)


def is_finite(array: NDArray[Any] | None) -> bool:
    """Whether all numbers are; of integers and of what is not there this is so."""
    return array is None or array.dtype.kind != "f" or bool(np.isfinite(array).all())


@dataclass(frozen=True, kw_only=True)
class _Watched(Wrapped):
    name: str
    """Of its node."""
    watcher: Watcher = field(repr=False)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """The wrapped layer's."""
        for name, array in params.items():
            self.watcher.look(f"{self.name}.{name}", [array])
        result = self.layer.forward(run, params, state, *xs)
        self.watcher.look(f"the output of {self.name}", [result[0]])
        return result

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array | None, ...], dict[str, Array]]":
        """The wrapped layer's."""
        result = self.layer.backward(run, params, cache, dy)
        self.watcher.look(f"the gradients of {self.name}", [*result[0], *run.grads.values()])
        return result


def watched(graph: Graph, watcher: Watcher) -> Graph:
    """The same network; its layers show the watcher what they compute."""
    return wrapped(graph, lambda _, name, layer: _Watched(layer=layer, name=name, watcher=watcher))
