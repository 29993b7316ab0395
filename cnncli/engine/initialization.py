"""How parameters start. Every array has random numbers of its own: of the seed and its place."""

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


def initial_parameters(graph: Graph, seed: int, dtype: DTypeLike) -> FlatVector:
    """The parameters before training; weights that need images start as for `identity`."""
    parameters = FlatVector(parameter_shapes(graph), dtype)
    arrays = [(f"{node.name}.{n}", p) for node in graph.nodes for n, p in node.params.items()]
    for index, (name, param) in enumerate(arrays):
        view = parameters.views[name]
        if param.start != "weights":
            view.fill(param.start)
        else:
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
    """Independent numbers, chunk by chunk: normal ones, or uniform ones from -spread to spread."""
    spread = _spread(param, init)
    for chunk, start in enumerate(range(0, flat.size, _CHUNK)):
        part = flat[start : start + _CHUNK]
        key = random_streams.key(int(base), chunk)
        if init.name in ("he", "normal"):
            part[:] = spread * random_streams.normal(key, part.size)
        else:
            keys = random_streams.keys(key, np.arange(part.size))
            part[:] = spread * (2 * random_streams.uniform(keys, 1)[:, 0] - 1)


def _spread(param: Param, init: Init) -> float:
    """The standard deviation of normal numbers, the limit of uniform ones.

    he: the variance 2/fan_in (He et al. 2015, equation 10). xavier: Glorot and Bengio 2010,
    equation 16. Others: as PyTorch starts all its layers.
    """
    if init.std is not None:
        return init.std
    if init.name == "he":
        return float(np.float64(2 / param.fan_in) ** 0.5)
    if init.name == "xavier":
        return float((6 / (param.fan_in + param.fan_out)) ** 0.5)
    return float(param.fan_in**-0.5)


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
