"""The choice of algorithms by the clock, in whole steps: what else they do slows a layer too."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.algorithm_choice import Kernels, choose, ways
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import PlannedNode
from cnncli.engine.parameters import zeros
from cnncli.graph.network import Graph
from cnncli.kernels.conv.profiles import Profile
from cnncli.layers.base import Run
from cnncli.optim.losses import Loss
from cnncli.text import count

from .timing import Clock, noise

T = TypeVar("T")

Ways: TypeAlias = Mapping[str, Sequence[str]]
Choice: TypeAlias = "NDArray[np.int64]"
"""By which of its ways each node is computed; 0 is what the model of costs expects best: auto's."""
Times: TypeAlias = "NDArray[np.float64]"

SECONDS = 30.0
"""For each of two series of rounds: one compares the ways of nodes, the other whole steps."""
LEAST, MOST = 3, 11
"""Rounds of a series, however long or short they take."""
_CLEAR, _CLEAR_STEP = 0.97, 0.99
"""Of the time with auto's choice, of a node and of a step: what takes more of it is a tie."""


def choose_for(
    graph: Graph,
    kernels: Kernels,
    images: int,
    threads: int,
    profile: Profile,
    loss: Loss,
    notify: Callable[[str], None],
) -> dict[str, str]:
    """The algorithm of every node that has several, for batches of so many images.

    `measured` takes what is fastest for each node, or auto's choice or direct kernels throughout
    where whole steps are faster with these. Ties go to auto's. notify: is told how long it takes.
    """
    share = -(-images // threads)
    several = ways(graph, share, profile)
    if kernels != "measured" or not several:
        return choose(graph, kernels, share, profile)
    layers, most = count(len(several), "layer"), max(map(len, several.values()))
    steps = (1 + LEAST) * (most + 3)
    notify(
        f"kernels: measured: times {layers} in up to {most} ways, in whole steps; this takes "
        f"{2 * SECONDS:.0f} s at most, or {steps} steps where they take longer"
    )
    began = time.perf_counter()
    choice = _measure(graph, several, images, threads, profile, loss)
    notify(
        f"kernels: measured: {np.count_nonzero(choice)} of {layers} computed otherwise than by "
        f"auto's choice, after {time.perf_counter() - began:.0f} s"
    )
    return {name: names[way] for (name, names), way in zip(several.items(), choice, strict=True)}


class Switch:
    """Has nodes computed another way from step to step.

    The ranks may be processes: they read the choice in memory that they share.
    """

    def __init__(self, several: Ways) -> None:
        self._several = several
        self._places = {name: place for place, name in enumerate(several)}
        self.choice: Choice = zeros(len(several), np.int64)

    def probe(self, planned: PlannedNode) -> PlannedNode:
        """The node with functions that are given the plan of the way that is chosen now."""
        if planned.name not in self._several:
            return planned
        names, node = self._several[planned.name], planned.node
        place = self._places[planned.name]
        plans: dict[tuple[int, int], Any] = {}

        def with_plan(function: Callable[..., T]) -> Callable[..., T]:
            def switched(run: Run, *arguments: Any) -> T:
                way, images = int(self.choice[place]), len(run.positions)
                if (way, images) not in plans:
                    plans[way, images] = node.layer.plan(node.in_shapes, images, names[way])
                return function(replace(run, plan=plans[way, images]), *arguments)

            return switched

        return replace(
            planned, forward=with_plan(planned.forward), backward=with_plan(planned.backward)
        )


def _measure(
    graph: Graph, several: Ways, images: int, threads: int, profile: Profile, loss: Loss
) -> Choice:
    """Nodes are compared in steps that compute each of them by its first, second, third way."""
    batch = noise(images, graph.image, graph.classes)
    clock, switch = Clock(graph, threads), Switch(several)
    nodes = [clock.nodes.index(name) for name in several]
    with Engine(
        graph,
        threads=threads,
        seed=0,
        profile=profile,
        probe=lambda node: clock.probe(switch.probe(node)),
    ) as engine:

        def step(choice: Choice) -> Times:
            """Seconds of the step, and of each node with several ways on all ranks together."""
            switch.choice[...] = choice
            clock.clear()
            began = time.perf_counter()
            engine.gradients(batch, loss, 0)
            whole = time.perf_counter() - began
            return np.array([whole, *np.nansum(clock.forward + clock.backward, 0)[nodes]])

        last = np.array([len(names) - 1 for names in several.values()])
        ways = [np.minimum(way, last) for way in range(last.max() + 1)]
        of_nodes = rounds(step, ways)[:, :, 1:]
        fastest = np.array(
            [best(of_nodes[:, : 1 + most, at], _CLEAR) for at, most in enumerate(last)]
        )
        direct = np.array([names.index("direct") for names in several.values()])
        rivals: list[Choice] = [ways[0], *(choice for choice in (fastest, direct) if choice.any())]
        of_steps = rounds(step, rivals)[:, :, 0] if len(rivals) > 1 else np.ones((1, 1))
        return rivals[best(of_steps, _CLEAR_STEP)]


def rounds(step: Callable[[Choice], Times], choices: Sequence[Choice]) -> Times:
    """(rounds, choices, numbers): what steps by each choice take, which take turns.

    After one of each to warm up; every other round goes the other way round.
    """
    for choice in choices:
        step(choice)
    until = time.perf_counter() + SECONDS
    taken: list[list[Times]] = []
    while len(taken) < LEAST or (len(taken) < MOST and time.perf_counter() < until):
        order = choices if len(taken) % 2 == 0 else choices[::-1]
        of_round = [step(choice) for choice in order]
        taken.append(of_round if order is choices else of_round[::-1])
    return np.array(taken)


def best(taken: Times, clear: float) -> int:
    """Of (rounds, choices) seconds the least, as the median of the rounds' ratios to the first.

    The first, unless another takes less than `clear` of it, and less than it in three quarters of
    the rounds: what else the machine does is taken for a tie.
    """
    if not taken.any():  # a node that the class scores do not need
        return 0
    ratios = taken / taken[:, :1]
    often = np.quantile(ratios, 0.75, axis=0) < 1
    typical = np.where(often, np.median(ratios, axis=0), np.inf)
    typical[0] = clear
    return int(typical.argmin())
