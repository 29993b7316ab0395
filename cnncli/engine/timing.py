"""How long each layer takes in real steps of the engine.

The layers of a network are wrapped before the engine gets them, and it runs a wrapped one like any
other. A network that is not timed has no hook in its way.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import fmean, median
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.graph.network import Graph
from cnncli.layers.base import Finishing, Layer, Params, Run, Shapes
from cnncli.layers.hyperparameters import Volume

from .engine import Engine

if TYPE_CHECKING:
    from cnncli.layers.base import Array

WARM_UP = 2
"""Steps before the first that counts: afterwards no memory is new."""
SIDE = 1024
"""Rows and columns of the matrices whose product is the ceiling."""
PRODUCT = "product"


Entries = list[tuple[str, float]]
"""A node's name, and the seconds that one thread spent in it."""


class Clock:
    """What the parts of one step took, in all threads; appending to a list needs no lock."""

    def __init__(self) -> None:
        self.forward: Entries = []
        self.backward: Entries = []
        self.product: Entries = []


@dataclass(frozen=True, kw_only=True)
class Timed(Layer):
    """A layer that reports to a clock and is the wrapped one otherwise."""

    layer: Layer
    node: str
    clock: Clock

    @property
    def kind(self) -> str:
        """The wrapped layer's."""
        return self.layer.kind

    def out_shape(self, in_shapes: Shapes) -> Volume:
        """The wrapped layer's."""
        return self.layer.out_shape(in_shapes)

    @property
    def finishes(self) -> tuple[Finishing, ...]:
        """The wrapped layer's."""
        return self.layer.finishes

    def finishes_as(self, training: bool) -> Finishing | None:
        """The wrapped layer's."""
        return self.layer.finishes_as(training)

    def scale_and_shift(self, params: Params, state: Params) -> "tuple[Array, Array]":
        """The wrapped layer's."""
        return self.layer.scale_and_shift(params, state)

    def is_non_decreasing(self) -> bool:
        """The wrapped layer's."""
        return self.layer.is_non_decreasing()

    def is_maximum(self) -> bool:
        """The wrapped layer's."""
        return self.layer.is_maximum()

    def algorithms(self, in_shapes: Shapes, images: int) -> tuple[str, ...]:
        """The wrapped layer's."""
        return self.layer.algorithms(in_shapes, images)

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """The wrapped layer's, timed."""
        began = perf_counter()
        result = self.layer.forward(run, params, state, *xs)
        self.clock.forward.append((self.node, perf_counter() - began))
        return result

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array | None, ...], dict[str, Array]]":
        """The wrapped layer's, timed."""
        began = perf_counter()
        result = self.layer.backward(run, params, cache, dy)
        self.clock.backward.append((self.node, perf_counter() - began))
        return result


def timed(graph: Graph, clock: Clock) -> Graph:
    """The same network; its layers report to the clock."""
    return replace(
        graph,
        nodes=tuple(
            replace(node, layer=Timed(layer=node.layer, node=node.name, clock=clock))
            for node in graph.nodes
        ),
    )


class Noise:
    """A batch of images of noise, all prepared beforehand."""

    def __init__(self, count: int, image: Volume, classes: int) -> None:
        rng = np.random.default_rng(0)
        self.labels = rng.integers(0, classes, count)
        self.array = rng.standard_normal((count, image.H, image.W, image.D), np.float32)

    def __len__(self) -> int:
        return len(self.labels)

    def images(self, first: int, last: int) -> NDArray[np.float32]:
        """Images first to last - 1."""
        return self.array[first:last]


class Timing(NamedTuple):
    """Seconds, one number for each step that counted.

    forward, backward: of a node, the mean over the threads that worked on it; what they waited
    for each other inside is in it. step: all of the passes, by the clock on the wall. update: the
    optimizer after them. ceiling: FLOP/s of large matrix products, one in each thread at the same
    time, the median of such products before each step.
    """

    forward: dict[str, list[float]]
    backward: dict[str, list[float]]
    step: list[float]
    update: list[float]
    ceiling: float


def time_steps(
    engine: Engine,
    clock: Clock,
    step: Callable[[], object],
    update: Callable[[], object] | None,
    steps: int,
) -> Timing:
    """Times so many steps of an engine whose graph was `timed` by the clock."""
    multiply = _products(engine, clock)
    timing = Timing({}, {}, [], [], 0.0)
    ceilings = []
    for turn in range(WARM_UP + steps):
        multiply()
        step_seconds = _seconds(step)
        update_seconds = [_seconds(update)] if update else []
        product, forward, backward = map(_taken, (clock.product, clock.forward, clock.backward))
        if turn < WARM_UP:
            continue
        ceilings.append(2 * SIDE**3 * engine.threads / product[PRODUCT])
        timing.step.append(step_seconds)
        timing.update.extend(update_seconds)
        for by_node, taken in ((timing.forward, forward), (timing.backward, backward)):
            for node, seconds in taken.items():
                by_node.setdefault(node, []).append(seconds)
    return timing._replace(ceiling=median(ceilings))


def _taken(entries: Entries) -> dict[str, float]:
    """Each node's seconds, the mean over its threads; the entries are forgotten."""
    by_node: dict[str, list[float]] = {}
    for node, seconds in entries:
        by_node.setdefault(node, []).append(seconds)
    entries.clear()
    return {node: fmean(seconds) for node, seconds in by_node.items()}


def _products(engine: Engine, clock: Clock) -> Callable[[], None]:
    """A product of matrices in every thread."""
    rows = SIDE * engine.threads
    a, b = np.ones((rows, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    out = np.empty((rows, SIDE), np.float32)

    def multiply(part: slice) -> None:
        began = perf_counter()
        np.matmul(a[part], b, out=out[part])
        clock.product.append((PRODUCT, perf_counter() - began))

    return lambda: engine.parallel(multiply, rows)


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
