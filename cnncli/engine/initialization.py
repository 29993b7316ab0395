"""How parameters start. Every array has random numbers of its own: of the seed and its place."""

from collections.abc import Callable, Mapping
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncli.graph.network import Graph
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.layers.base import Param
from cnncli.layers.fields import Init

from .parameters import FlatVector, parameter_shapes, state_shapes

_CHUNK = 1 << 16
Doubles = NDArray[np.float64]


def initial_parameters(graph: Graph, seed: int, dtype: DTypeLike) -> FlatVector:
    """The parameters before training; weights that need images start as for `identity`."""
    parameters = FlatVector(parameter_shapes(graph), dtype)
    arrays = [(f"{node.name}.{n}", p) for node in graph.nodes for n, p in node.params.items()]
    for index, (name, param) in enumerate(arrays):
        view = parameters.views[name]
        if param.start == "ones":
            view.fill(1)
        elif param.start == "weights":
            init = param.init or Init("he")
            key = random_streams.key(seed, Stream.PARAMETERS, index)
            if init.name == "orthogonal":
                _orthogonal(view, key)
            else:
                _draw(view.reshape(-1), param, init, key)
            if init.name == "identity":
                _identity(view, param)
    return parameters


def initial_state(graph: Graph, dtype: DTypeLike) -> FlatVector:
    """The running arrays before training."""
    state = FlatVector(state_shapes(graph), dtype)
    for node in graph.nodes:
        for name, running in node.state.items():
            state.views[f"{node.name}.{name}"].fill(running.start)
    return state


def _draw(flat: NDArray[Any], param: Param, init: Init, base: np.uint64) -> None:
    """Independent numbers, chunk by chunk."""
    for chunk, start in enumerate(range(0, flat.size, _CHUNK)):
        part = flat[start : start + _CHUNK]
        key = random_streams.key(int(base), chunk)
        part[:] = _DRAWN[init.name](key, part.size, param, init)


def _he(key: np.uint64, count: int, param: Param, init: Init) -> Doubles:
    """Normal with the variance 2/fan_in (He et al. 2015, equation 10)."""
    return np.float64(2 / param.fan_in) ** 0.5 * random_streams.normal(key, count)


def _normal(key: np.uint64, count: int, param: Param, init: Init) -> Doubles:
    assert init.std is not None
    return np.float64(init.std) * random_streams.normal(key, count)


def _xavier(key: np.uint64, count: int, param: Param, init: Init) -> Doubles:
    """Uniform in +-sqrt(6/(fan_in + fan_out)) (Glorot and Bengio 2010, equation 16)."""
    return _uniform(key, count, (6 / (param.fan_in + param.fan_out)) ** 0.5)


def _narrow(key: np.uint64, count: int, param: Param, init: Init) -> Doubles:
    """Uniform in +-1/sqrt(fan_in), as PyTorch starts all its layers."""
    return _uniform(key, count, param.fan_in**-0.5)


def _uniform(key: np.uint64, count: int, limit: float) -> Doubles:
    drawn: Doubles = limit * (
        2 * random_streams.uniform(random_streams.keys(key, np.arange(count)), 1)[:, 0] - 1
    )
    return drawn


_DRAWN: Mapping[str, Callable[[np.uint64, int, Param, Init], Doubles]] = {
    "he": _he,
    "normal": _normal,
    "xavier": _xavier,
    "identity": _narrow,
    "whitening": _narrow,
}


def _identity(W: NDArray[Any], param: Param) -> None:
    """Filter k of a group repeats channel k, if there is one; further filters stay as drawn.

    W (F, F, C, K). Layers that are added to such a network change nothing at first (Zagoruyko and
    Komodakis 2017, "DiracNets").
    """
    F_H, F_W, C, K = W.shape
    of_group = param.fan_out // (F_H * F_W)
    for k in range(K):
        if k % of_group < C:
            W[..., k] = 0
            W[F_H // 2, F_W // 2, k % of_group, k] = 1


def _orthogonal(W: NDArray[Any], key: np.uint64) -> None:
    """Columns (or rows, if these are fewer) at right angles, of length 1.

    Saxe, McClelland and Ganguli 2014, "Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks"; the signs make the matrix uniformly distributed.
    """
    rows, columns = prod(W.shape[:-1]), W.shape[-1]
    drawn = random_streams.normal(key, rows * columns).reshape(max(rows, columns), -1)
    q, r = np.linalg.qr(drawn)
    q *= np.sign(np.diagonal(r))
    W[...] = (q if rows >= columns else q.T).reshape(W.shape)
