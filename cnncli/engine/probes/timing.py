"""How long each layer takes in real steps of the engine."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.parameters import zeros
from cnncli.geometry import Volume
from cnncli.graph.network import Graph
from cnncli.layers.base import Params, Run

from .wrapped import Wrapped, wrapped

if TYPE_CHECKING:
    from cnncli.layers.base import Array

WARM_UP = 2
"""Steps before the first that counts: afterwards no memory is new."""
SIDE = 1024
"""Rows and columns of the matrices whose product is the ceiling."""


class Clock:
    """What every layer took in one step, in seconds by rank and node; NaN where it had no work.

    The ranks may be processes: they write into memory that they share.
    """

    def __init__(self, graph: Graph, ranks: int) -> None:
        self.nodes = [node.name for node in graph.nodes]
        self.forward, self.backward = (
            zeros(ranks * len(self.nodes), np.float64).reshape(ranks, -1) for _ in range(2)
        )
        self.clear()

    def clear(self) -> None:
        """For the next step."""
        self.forward.fill(np.nan)
        self.backward.fill(np.nan)


@dataclass(frozen=True, kw_only=True)
class Timed(Wrapped):
    """A layer that reports to a clock."""

    index: int
    """Of its node."""
    clock: Clock

    def forward(
        self, run: Run, params: Params, state: Params, *xs: "Array"
    ) -> "tuple[Array, Any, dict[str, Array]]":
        """The wrapped layer's, timed."""
        began = perf_counter()
        result = self.layer.forward(run, params, state, *xs)
        self.clock.forward[run.comm.rank, self.index] = perf_counter() - began
        return result

    def backward(
        self, run: Run, params: Params, cache: Any, dy: "Array"
    ) -> "tuple[tuple[Array | None, ...], dict[str, Array]]":
        """The wrapped layer's, timed."""
        began = perf_counter()
        result = self.layer.backward(run, params, cache, dy)
        self.clock.backward[run.comm.rank, self.index] = perf_counter() - began
        return result


def timed(graph: Graph, clock: Clock) -> Graph:
    """The same network; its layers report to the clock, which was made for it."""
    return wrapped(graph, lambda index, _, layer: Timed(layer=layer, index=index, clock=clock))


def noise(count: int, image: Volume, classes: int) -> Prepared:
    """A batch of images of noise, all prepared beforehand."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, count)
    return Prepared(rng.standard_normal((count, image.H, image.W, image.D), np.float32), labels)


class Timing(NamedTuple):
    """Seconds, one number for each step that counted.

    forward, backward: of a node, the mean over the ranks that worked on it; what they waited for
    each other inside is in it. step: all of the passes, by the clock on the wall. update: the
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
    multiply = _products(engine)
    timing = Timing({}, {}, [], [], 0.0)
    ceilings = []
    for turn in range(WARM_UP + steps):
        product = multiply()
        step_seconds = _seconds(step)
        update_seconds = [_seconds(update)] if update else []
        forward, backward = (
            _means(clock.nodes, ranks) for ranks in (clock.forward, clock.backward)
        )
        clock.clear()
        if turn < WARM_UP:
            continue
        ceilings.append(2 * SIDE**3 * engine.threads / product)
        timing.step.append(step_seconds)
        timing.update.extend(update_seconds)
        for by_node, taken in ((timing.forward, forward), (timing.backward, backward)):
            for node, seconds in taken.items():
                by_node.setdefault(node, []).append(seconds)
    return timing._replace(ceiling=median(ceilings))


def _means(nodes: Sequence[str], ranks: NDArray[np.float64]) -> dict[str, float]:
    """Each node's seconds, the mean over the ranks that worked on it."""
    worked = {node: taken[~np.isnan(taken)] for node, taken in zip(nodes, ranks.T, strict=True)}
    return {node: float(taken.mean()) for node, taken in worked.items() if taken.size}


def _products(engine: Engine) -> Callable[[], float]:
    """A product of matrices in every thread; the mean of their seconds."""
    rows = SIDE * engine.threads
    a, b = np.ones((rows, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    out = np.empty((rows, SIDE), np.float32)
    taken: list[float] = []

    def multiply(part: slice) -> None:
        taken.append(_seconds(lambda: np.matmul(a[part], b, out=out[part])))

    def at_once() -> float:
        taken.clear()
        engine.parallel(multiply, rows)
        return fmean(taken)

    return at_once


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
