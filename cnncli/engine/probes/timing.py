"""How long each layer takes in real steps of the engine."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan
from statistics import fmean, median
from time import perf_counter
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import PlannedNode
from cnncli.engine.parameters import zeros
from cnncli.geometry import Volume
from cnncli.graph.network import Graph
from cnncli.layers.base import Run

T = TypeVar("T")

WARM_UP = 2
"""Steps before the first that counts: afterwards no memory is new."""
SIDE = 1024
"""Rows and columns of the matrices whose product is the ceiling."""
COPIED = 1 << 25
"""Bytes that each thread copies: with their copy twice what the caches of most cores hold."""


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
        self.forward.fill(np.nan)
        self.backward.fill(np.nan)

    def probe(self, node: PlannedNode) -> PlannedNode:
        """The node with functions that report to this clock."""
        at = self.nodes.index(node.name)
        return replace(
            node,
            forward=_with_timer(node.forward, self.forward[:, at]),
            backward=_with_timer(node.backward, self.backward[:, at]),
        )


def _with_timer(function: Callable[..., T], seconds: NDArray[np.float64]) -> Callable[..., T]:
    """The function, which notes by rank what it takes."""

    def timed(run: Run, *arguments: Any) -> T:
        began = perf_counter()
        result = function(run, *arguments)
        seconds[run.comm.rank] = perf_counter() - began
        return result

    return timed


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
    bandwidth: float


def time_steps(
    engine: Engine,
    clock: Clock,
    step: Callable[[], object],
    update: Callable[[], object] | None,
    steps: int,
    *,
    has_ceiling: bool = True,
) -> Timing:
    """Times so many steps of an engine under the probe of the clock.

    has_ceiling: products and copies are timed too, which take longer than short steps; else NaN.
    """
    multiply, copy = (
        (_products(engine), _copies(engine)) if has_ceiling else (lambda: nan, lambda: nan)
    )
    timing = Timing({}, {}, [], [], nan, nan)
    ceilings, bandwidths = [], []
    for turn in range(WARM_UP + steps):
        product, copied = multiply(), copy()
        step_seconds = _seconds(step)
        update_seconds = [_seconds(update)] if update else []
        forward, backward = (
            _means(clock.nodes, ranks) for ranks in (clock.forward, clock.backward)
        )
        clock.clear()
        if turn < WARM_UP:
            continue
        ceilings.append(2 * SIDE**3 * engine.threads / product)
        bandwidths.append(2 * COPIED * engine.threads / copied)
        timing.step.append(step_seconds)
        timing.update.extend(update_seconds)
        for by_node, taken in ((timing.forward, forward), (timing.backward, backward)):
            for node, seconds in taken.items():
                by_node.setdefault(node, []).append(seconds)
    return timing._replace(ceiling=median(ceilings), bandwidth=median(bandwidths))


def take_turns(works: Sequence[Callable[[], object]], times: int) -> list[list[float]]:
    """The seconds of each work, done so many times after some to warm up.

    They take turns, so that what else the machine does is spread over all of them.
    """
    taken: list[list[float]] = [[] for _ in works]
    for turn in range(WARM_UP + times):
        for work, own in zip(works, taken, strict=True):
            seconds = _seconds(work)
            if turn >= WARM_UP:
                own.append(seconds)
    return taken


def _means(nodes: Sequence[str], ranks: NDArray[np.float64]) -> dict[str, float]:
    """Each node's seconds, the mean over the ranks that worked on it."""
    worked = {node: taken[~np.isnan(taken)] for node, taken in zip(nodes, ranks.T, strict=True)}
    return {node: float(taken.mean()) for node, taken in worked.items() if taken.size}


def _products(engine: Engine) -> Callable[[], float]:
    """A product of matrices in every thread."""
    rows = SIDE * engine.threads
    a, b = np.ones((rows, SIDE), np.float32), np.ones((SIDE, SIDE), np.float32)
    out = np.empty((rows, SIDE), np.float32)
    return _at_once(engine, rows, lambda part: np.matmul(a[part], b, out=out[part]))


def _copies(engine: Engine) -> Callable[[], float]:
    """A copy of memory in every thread."""
    a = np.ones(COPIED * engine.threads // np.dtype(np.float32).itemsize, np.float32)
    out = np.empty_like(a)
    return _at_once(engine, a.size, lambda part: np.copyto(out[part], a[part]))


def _at_once(engine: Engine, size: int, work: Callable[[slice], object]) -> Callable[[], float]:
    """Every thread's part of some work, at the same time; the mean of their seconds."""
    taken: list[float] = []

    def of_part(part: slice) -> None:
        taken.append(_seconds(lambda: work(part)))

    def all_parts() -> float:
        taken.clear()
        engine.parallel(of_part, size)
        return fmean(taken)

    return all_parts


def _seconds(work: Callable[[], object]) -> float:
    began = perf_counter()
    work()
    return perf_counter() - began
