"""One layer of a network, forward and backward, beside PyTorch's modes."""

import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

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
from .translation import translated
from .turns import digits, fastest, spread, turns

HEADS = tuple(
    f"{way}: {what}" if what == "cnn" else what
    for way in ("forward", "backward")
    for what in ("cnn", "PyTorch NCHW", "channels_last", "fastest PyTorch / cnn")
)
"""Of a table of layers."""
Both = tuple[float, float]
"""Milliseconds forward and backward."""


class Times(NamedTuple):
    """The algorithms of the network, and what each contestant took in every round."""

    algorithms: dict[str, str]
    found: dict[str, list[Both]]

    def _of(self, way: int) -> dict[str, list[float]]:
        """Forward (0) or backward (1)."""
        return {name: [both[way] for both in each] for name, each in self.found.items()}

    def cells(self) -> list[str]:
        """What stands under HEADS in a row of a table."""
        cells: list[str] = []
        for way in (0, 1):
            found = self._of(way)
            ratio = fastest(found, "PyTorch") / median(found["cnn"])
            cells += [*map(spread, found.values()), digits(ratio)]
        return cells


def graph_of(architecture: str) -> Graph:
    """The checked network of a pattern."""
    text = f"architecture: {architecture}\n"
    graph = build(load_text(text, Path("layer.yaml")), None, None)
    graph.check()
    return graph


def times(graph: Graph, images_in_all: int, options: Options) -> Times:
    """Of the last layer."""
    clock, batch = Clock(graph, options.threads), noise(graph, images_in_all)
    with engine_for(graph, images_in_all, options.threads) as plain:
        algorithms = plain.algorithms
    with Engine(
        graph, threads=options.threads, seed=0, algorithms=algorithms, probe=clock.probe
    ) as engine:
        contestants: dict[str, Callable[[], Both]] = {"cnn": _ours(engine, clock, batch)}
        for name, mode in EAGER.items():
            contestants[name] = _theirs(graph, engine, images_in_all, mode)
        return Times(algorithms, turns(contestants, options.rounds))


def _ours(engine: Engine, clock: Clock, batch: Prepared) -> Callable[[], Both]:
    """The layer's part of a pass; that of the rank that took longest."""

    def run() -> Both:
        engine.gradients(batch, _any_gradient, 0)
        forward, backward = (
            1000 * float(np.nanmax(ranks[:, -1])) for ranks in (clock.forward, clock.backward)
        )
        clock.clear()
        return forward, backward

    return run


def _any_gradient(scores: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    return 0.0, scores


def _theirs(graph: Graph, engine: Engine, count: int, mode: Mode) -> Callable[[], Both]:
    """The same layer on noise, with autograd for its backward pass."""
    node = graph.nodes[-1]
    layer = translated(node, engine.parameters.of(node.name), inplace=False)
    layer = layer.to(memory_format=mode.order)
    rng = np.random.default_rng(0)
    xs = []
    for W, H, D in node.in_shapes:
        array = rng.standard_normal((count, H, W, D), np.float32)
        x = images(Prepared(array, np.zeros(count, np.int64)))
        xs.append(x.contiguous(memory_format=mode.order).requires_grad_())

    def run() -> Both:
        for tensor in (*xs, *layer.parameters()):
            tensor.grad = None
        began = time.perf_counter()
        y = layer(*xs)
        between = time.perf_counter()
        y.backward(y.detach())
        return 1000 * (between - began), 1000 * (time.perf_counter() - between)

    return run
