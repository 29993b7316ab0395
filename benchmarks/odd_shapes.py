"""Single convolutions of shapes that nothing was made for, forward and backward."""

import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from statistics import median

import numpy as np
import torch

from cnncli.config.load import load_text
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import Clock
from cnncli.graph.build import build
from cnncli.graph.network import Graph

from .agreement import images
from .contestants import EAGER, Mode
from .networks import engine_for, noise
from .options import Options
from .translation import in_their_shape
from .turns import digits, fastest, spread, table, turns

FILTERS = (3, 5)
MAPS = (7, 15, 31, 57)
CHANNELS = (3, 20, 48, 100)
BATCHES = (1, 7, 500)
MOST_PIXELS = 500 * 15 * 15
"""Of all images together; more would take minutes."""
LAYER = "conv2"
Both = tuple[float, float]
"""Milliseconds forward and backward."""


def odd(options: Options) -> Iterator[str]:
    """Every filter, number of channels, map and batch beside PyTorch's faster mode."""
    yield "## Odd shapes"
    yield ""
    yield (
        "One convolution with as many filters as channels, stride 1, on a square map that keeps "
        "its size; backward is the gradients of input, filters and biases. "
        f"{options.threads} threads. Milliseconds: median of {options.rounds} (quartiles)."
    )
    yield ""
    heads = ["filter", "channels", "map", "batch", "algorithm"]
    for way in ("forward", "backward"):
        heads += [f"{way}: cnn", "PyTorch NCHW", "channels_last", "fastest PyTorch / cnn"]
    rows = []
    for F, C, size, batch in product(FILTERS, CHANNELS, MAPS, BATCHES):
        if batch * size * size > MOST_PIXELS:
            continue
        graph = _graph(F, C, size)
        clock, ready = Clock(graph, options.threads), noise(graph, batch)
        with engine_for(graph, batch, options.threads) as plain:
            algorithms = plain.algorithms
        with Engine(
            graph,
            threads=options.threads,
            seed=0,
            algorithms=algorithms,
            probe=clock.probe,
        ) as engine:
            contestants: dict[str, Callable[[], Both]] = {"cnn": _ours(engine, clock, ready)}
            for name, mode in EAGER.items():
                contestants[name] = _theirs(graph, engine, ready, mode)
            found = turns(contestants, options.rounds)
        row = [f"{F}x{F}", str(C), f"{size}x{size}", str(batch), algorithms[LAYER]]
        for way in (0, 1):
            times = {name: [both[way] for both in each] for name, each in found.items()}
            ratio = fastest(times, "PyTorch") / median(times["cnn"])
            row += [*map(spread, times.values()), digits(ratio)]
        rows.append(row)
    yield from table(heads, rows)


def _graph(F: int, C: int, size: int) -> Graph:
    """Behind a first layer with weights, so that the gradient of the input is needed."""
    text = f"architecture: INPUT({size}x{size}x{C}) -> CONV1-{C} -> CONV{F}-{C}\n"
    graph = build(load_text(text, Path("odd.yaml")), None, None)
    graph.check()
    return graph


def _ours(engine: Engine, clock: Clock, batch: Prepared) -> Callable[[], Both]:
    """The layer's part of a pass; that of the rank that took longest."""
    place = clock.nodes.index(LAYER)

    def run() -> Both:
        engine.gradients(batch, _any_gradient, 0)
        forward, backward = (
            1000 * float(np.nanmax(ranks[:, place])) for ranks in (clock.forward, clock.backward)
        )
        clock.clear()
        return forward, backward

    return run


def _any_gradient(scores: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    return 0.0, scores


def _theirs(graph: Graph, engine: Engine, batch: Prepared, mode: Mode) -> Callable[[], Both]:
    """The same convolution, with autograd for its backward pass."""
    arrays = engine.parameters.of(LAYER)
    depth, K = arrays["W"].shape[2:]
    F = arrays["W"].shape[0]
    conv = torch.nn.Conv2d(depth, K, F, padding=F // 2)
    conv.weight.data, conv.bias.data = (in_their_shape(arrays[name]) for name in ("W", "b"))
    conv = conv.to(memory_format=mode.order)
    x = images(batch).contiguous(memory_format=mode.order).requires_grad_()

    def run() -> Both:
        x.grad = conv.weight.grad = conv.bias.grad = None
        began = time.perf_counter()
        y = conv(x)
        between = time.perf_counter()
        y.backward(y.detach())
        return 1000 * (between - began), 1000 * (time.perf_counter() - between)

    return run
