"""All parameters in one flat vector, with a named view for each array, in memory of all ranks."""

import mmap
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncli.graph.network import Graph


class FlatVector:
    """Named arrays that lie one after the other in one vector, shared with forked processes."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: DTypeLike) -> None:
        self.shapes = dict(shapes)
        self.vector: NDArray[Any] = zeros(sum(map(prod, shapes.values())), dtype)
        self.slices: dict[str, slice] = {}
        self.views: dict[str, NDArray[Any]] = {}
        """Each array by its name, like `conv1.W`."""
        self._of_node: dict[str, dict[str, NDArray[Any]]] = {}
        start = 0
        for name, shape in shapes.items():
            stop = start + prod(shape)
            self.slices[name] = slice(start, stop)
            self.views[name] = self.vector[start:stop].reshape(shape)
            node, _, short = name.rpartition(".")
            self._of_node.setdefault(node, {})[short] = self.views[name]
            start = stop

    def of(self, node: str) -> dict[str, NDArray[Any]]:
        """One node's arrays by their short names, like `W`."""
        return self._of_node.get(node, {})


def parameter_shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shape of every trained array."""
    return {f"{node.name}.{n}": p.shape for node in graph.nodes for n, p in node.params.items()}


def state_shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """The shape of every running array."""
    return {f"{node.name}.{n}": s.shape for node in graph.nodes for n, s in node.state.items()}


def zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """So many zeros, in memory that a forked process goes on sharing."""
    memory = mmap.mmap(-1, max(size * np.dtype(dtype).itemsize, 1))
    return np.frombuffer(memory, dtype, size)
