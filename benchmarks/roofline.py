"""Where a step's time goes beside what the machine can do: `python -m benchmarks.roofline`.

Of the networks of benchmarks.targets, or those that are named, the time in products of matrices, in
what surrounds them and in passes over memory, with the ceilings of the same run; a line for each
is added to benchmarks/roofline.jsonl. The time of a product is that of its one call of NumPy's
`matmul`. Those of the modules `winograd*` are transforms, not products. Needs no PyTorch.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from cnncli import lazy
from cnncli.engine.execution_plan import PlannedNode
from cnncli.engine.parameters import zeros
from cnncli.engine.probes.timing import WARM_UP, Clock, time_steps
from cnncli.graph.network import Graph
from cnncli.layers.base import Run
from cnncli.report.timing.breakdown import Breakdown

from .machine import about
from .networks import Step, engine_for, network, noise, training_parts
from .options import names
from .table_of_targets import TARGETS, Target

LINES = Path(__file__).with_name("roofline.jsonl")
WHAT = ("training", "forward")
MULTIPLIED, PRODUCTS, TRANSFORMS = range(3)
"""FLOP of products, their seconds, and those of transforms."""


class Products:
    """What every rank multiplies in every node of a step. The ranks may be processes."""

    def __init__(self, graph: Graph, ranks: int) -> None:
        self._names = [node.name for node in graph.nodes]
        size = ranks * len(self._names) * 3
        self._tally = zeros(size, np.float64).reshape(ranks, len(self._names), 3)
        self._node = np.zeros(3)
        """Of the node that is computed now."""
        self._of_steps: list[np.ndarray] = []
        self._matmul = np.matmul
        lazy.np.matmul = self._multiply  # which kernels call

    def probe(self, node: PlannedNode) -> PlannedNode:
        """The node with functions that count here."""
        at = self._names.index(node.name)
        return replace(
            node, forward=self._counted(node.forward, at), backward=self._counted(node.backward, at)
        )

    def _counted(self, function: Callable[..., Any], at: int) -> Callable[..., Any]:
        def counted(run: Run, *arguments: Any) -> Any:
            self._node = self._tally[run.comm.rank, at]
            return function(run, *arguments)

        return counted

    def _multiply(self, a: np.ndarray, b: np.ndarray, **into: np.ndarray) -> np.ndarray:
        began = perf_counter()
        out = self._matmul(a, b, **into)
        seconds = perf_counter() - began
        if ".winograd" in sys._getframe(1).f_globals["__name__"]:
            self._node[TRANSFORMS] += seconds
        else:
            self._node[PRODUCTS] += seconds
            self._node[MULTIPLIED] += 2 * out.size * a.shape[-1]
        return out

    def noted(self, step: Step) -> Step:
        """The step, whose numbers are kept."""

        def run() -> None:
            self._tally.fill(0)
            step()
            self._of_steps.append(self._tally.copy())

        return run

    def medians(self) -> dict[str, np.ndarray]:
        """By node, over the steps that count: FLOP of all ranks, and means of their seconds."""
        steps = np.array(self._of_steps[WARM_UP:])
        steps[..., MULTIPLIED] *= steps.shape[1]
        return dict(zip(self._names, np.median(steps.mean(axis=1), axis=0), strict=True))


def measure(target: Target, what: str, threads: int, steps: int, batch: int) -> dict[str, Any]:
    """What is kept of a network: milliseconds by kind, what was done in them, and the ceilings."""
    graph = network(target.network)
    clock, products, images = Clock(graph, threads), Products(graph, threads), noise(graph, batch)
    with engine_for(
        graph, batch, threads, probe=lambda node: clock.probe(products.probe(node))
    ) as engine:
        passes, update = training_parts(engine, images)
        if what == "forward":
            passes, update = lambda: engine.scores(images), None
        timing = time_steps(engine, clock, products.noted(passes), update, steps)
        found = Breakdown(graph, engine.algorithms, batch, threads, timing)
    kinds = dict.fromkeys(
        ("products", "transforms", "around", "single channels", "passes", "rest"), 0.0
    )
    flops = moved = 0
    counted = products.medians()
    for part in found.layers():
        multiplied, in_products, in_transforms = counted[part.name]
        if not part.node.cost.macs:
            kinds["passes"] += part.seconds
            moved += part.moved
        elif multiplied:
            kinds["products"] += in_products
            kinds["transforms"] += in_transforms
            kinds["around"] += part.seconds - in_products - in_transforms
            flops += int(multiplied)
        else:
            kinds["single channels"] += part.seconds
    kinds["rest"] = sum(part.seconds for part in found.others())
    return {
        "network": target.network,
        "batch": batch,
        "what": what,
        "threads": threads,
        **about(),
        "gflops": round(timing.ceiling / 1e9, 1),
        "gbps": round(timing.bandwidth / 1e9, 1),
        "step_ms": round(1000 * found.total().seconds, 3),
        "ms": {kind: round(1000 * seconds, 3) for kind, seconds in kinds.items()},
        "flops": flops,
        "moved": moved,
    }


def main() -> None:
    """Reads the options, measures, and keeps a line of each network and kind as it ends."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.roofline", description=__doc__)
    known = {target.network: target for target in TARGETS}
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join(known))
    parser.add_argument("--what", type=names(WHAT), default=WHAT, help=",".join(WHAT))
    parser.add_argument("--steps", type=int, default=11, help="that count")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, help="images, instead of the network's own")
    parser.add_argument("--out", type=Path, default=LINES)
    given = parser.parse_args()
    if unknown := set(given.networks) - set(known):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    for name in given.networks or known:
        target = known[name]
        for what in given.what:
            batch = given.batch or target.batch
            line = measure(target, what, given.threads, given.steps, batch)
            with given.out.open("a") as stream:
                stream.write(json.dumps(line) + "\n")
            print(json.dumps({key: line[key] for key in ("network", "what", "step_ms", "ms")}))


if __name__ == "__main__":
    main()
