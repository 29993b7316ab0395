"""All parameters in one flat vector, with a named view for each array."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncli.graph.network import Graph
from cnncli.kernels import random
from cnncli.layers.base import Param
from cnncli.layers.hyperparameters import Init

from .shared import zeros

_CHUNK = 1 << 16


class FlatVector:
    """Named arrays that lie one behind the other in one vector, shared with forked processes."""

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


def initial_parameters(graph: Graph, seed: int, dtype: DTypeLike) -> FlatVector:
    """The parameters before training. Every array has random numbers of its own."""
    parameters = FlatVector(parameter_shapes(graph), dtype)
    arrays = [(f"{node.name}.{n}", p) for node in graph.nodes for n, p in node.params.items()]
    for index, (name, param) in enumerate(arrays):
        view = parameters.views[name]
        if param.start == "ones":
            view.fill(1)
        elif param.start == "weights":
            _fill(view.reshape(-1), param, random.key(seed, 1, index))
    return parameters


def initial_state(graph: Graph, dtype: DTypeLike) -> FlatVector:
    """The running arrays before training."""
    state = FlatVector(state_shapes(graph), dtype)
    for node in graph.nodes:
        for name, running in node.state.items():
            state.views[f"{node.name}.{name}"].fill(running.start)
    return state


def decay_mask(graph: Graph) -> NDArray[np.bool_]:
    """True for the numbers of the flat vector that weight decay applies to."""
    params = [param for node in graph.nodes for param in node.params.values()]
    mask = [np.full(prod(param.shape), param.decay) for param in params]
    return np.concatenate(mask) if mask else np.zeros(0, np.bool_)


def _fill(flat: NDArray[Any], param: Param, base: np.uint64) -> None:
    init = param.init or Init("he")
    for chunk, start in enumerate(range(0, flat.size, _CHUNK)):
        part = flat[start : start + _CHUNK]
        key = random.key(int(base), chunk)
        if init.name == "xavier":
            part[:] = _xavier(key, part.size, param)
        else:
            std = init.std if init.std is not None else (2 / param.fan_in) ** 0.5
            part[:] = std * random.normal(key, part.size)


def _xavier(key: np.uint64, count: int, param: Param) -> NDArray[np.float64]:
    """Uniform in +-sqrt(6/(fan_in + fan_out)) (Glorot and Bengio 2010, equation 16)."""
    limit = np.float64(6 / (param.fan_in + param.fan_out)) ** 0.5
    uniform = random.uniform(random.keys(key, np.arange(count)), 1)[:, 0]
    drawn: NDArray[np.float64] = limit * (2 * uniform - 1)
    return drawn
