"""Where numbers stop being finite, found by repeating a step under a probe."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.execution_plan import PlannedNode
from cnncli.layers.base import Params, Run


class Sighting(NamedTuple):
    """Something that is not finite, and how many checks there were up to it."""

    turn: int
    what: str


@dataclass
class NanProbe:
    """Notes the first thing of a step that is not finite."""

    turn: int = 0
    first: Sighting | None = None

    def check(self, what: str, arrays: Iterable[NDArray[Any] | None]) -> None:
        """After a node, or the loss, was computed."""
        self.turn += 1
        if self.first is None and not all(map(is_finite, arrays)):
            self.first = Sighting(self.turn, what)

    def __call__(self, node: PlannedNode) -> PlannedNode:
        """The node with functions that check what goes in and comes out."""

        def forward(run: Run, params: Params, *xs: NDArray[Any]) -> tuple[NDArray[Any], Any]:
            for name, array in params.items():
                self.check(f"{node.name}.{name}", [array])
            y, cache = node.forward(run, params, *xs)
            self.check(f"the output of {node.name}", [y])
            return y, cache

        def backward(run: Run, *arguments: Any) -> tuple[NDArray[Any] | None, ...]:
            dxs: tuple[NDArray[Any] | None, ...] = node.backward(run, *arguments)
            self.check(f"the gradients of {node.name}", [*dxs, *run.grads.values()])
            return dxs

        return replace(node, forward=forward, backward=backward)


def is_finite(array: NDArray[Any] | None) -> bool:
    """Whether all numbers are; of integers and of what is not there this is so."""
    return array is None or array.dtype.kind != "f" or bool(np.isfinite(array).all())
