"""What one run over MPI costs: `python -m benchmarks.ranks`, in an environment with mpi4py.

The sum of a gradient over the ranks, as the engine takes it (every rank gets all parts of its own
span, adds them, and gives the sum to all), beside its bytes and beside the whole training step.
Ranks share this machine's memory, or talk by TCP over its loopback. Each rank has one thread, so
that more ranks than cores take turns: their times are those of a crowded machine, not of a network.
Each line of benchmarks/ranks.jsonl is one network, number of ranks and way; docs/scaling.md shows
them.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnncli.config.load import load
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.engine import Engine
from cnncli.engine.parallel.buckets import buckets
from cnncli.engine.parallel.launchers import join, launch_of
from cnncli.engine.parallel.world import World
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.network import FLOAT, Graph
from cnncli.optim.losses import SoftmaxCrossEntropy

from .machine import processor
from .networks import CONFIGS, network, noise

OUT = Path(__file__).parent / "ranks.jsonl"
NETWORKS = {"vggbn": 128, "resnet20": 128, "digits": 64}
"""And the images of a batch, over all ranks."""
DIGITS = Volume(8, 8, 1)
RANKS = (2, 4)
WAYS = {
    "shared memory": ["--mca", "pml", "ob1", "--mca", "btl", "self,sm"],
    "TCP loopback": ["--mca", "pml", "ob1", "--mca", "btl", "self,tcp"],
}
WARM_UP = 2


def main() -> None:
    """Starts the ranks of every combination, and adds what they found to the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="times that count")
    parser.add_argument("--out", type=Path, default=OUT)
    rounds, out = (options := parser.parse_args()).rounds, options.out
    allow = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    for name in NETWORKS:
        for ranks in RANKS:
            for way, flags in WAYS.items():
                launcher = ["mpirun", "--oversubscribe", "--bind-to", "none", *flags]
                done = subprocess.run(
                    [*launcher, "-n", str(ranks), sys.executable, "-m", "benchmarks.ranks",
                     "--rounds", str(rounds)],
                    env={**os.environ, **allow, "CNN_BENCHMARK": name}, check=True,
                    stdout=subprocess.PIPE, text=True,
                )  # fmt: skip
                found = {"network": name, "ranks": ranks, "way": way, "cores": os.cpu_count(),
                         "processor": processor(), **json.loads(done.stdout)}  # fmt: skip
                with out.open("a") as file:
                    file.write(json.dumps(found) + "\n")
                print(found, flush=True)


def measure(world: World, name: str) -> None:
    """Prints what the first rank has measured, as JSON; all of them do the same."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, required=True)
    rounds = parser.parse_args().rounds
    graph, images = _graph(name), NETWORKS[name]
    algorithms = choose(graph, "auto", -(-images // world.size))
    engine = Engine(graph, threads=1, seed=0, algorithms=algorithms, world=world)
    batch, loss = noise(graph, images), SoftmaxCrossEntropy()
    spans = buckets(engine.parameters.slices, engine.dtype.itemsize)
    gradient = engine.gradient.copy()
    found: dict[str, Any] = {
        "bytes": FLOAT * gradient.size,
        "buckets": len(spans),
        "sum_ms": _times(world, rounds, lambda: world.average(gradient, spans, 1 / world.size)),
        "step_ms": _times(world, rounds, lambda: engine.gradients(batch, loss, 0)),
    }
    if world.rank == 0:
        print(json.dumps(found))


def _graph(name: str) -> Graph:
    if name != "digits":
        return network(name)
    graph = build(load(CONFIGS / "digits.yaml"), DIGITS, 10)
    graph.check()
    return graph


def _times(world: World, rounds: int, work: Callable[[], object]) -> list[float]:
    """Milliseconds of each round, from all ranks' start to the end of the slowest."""
    found = []
    for turn in range(WARM_UP + rounds):
        world.largest(0)
        began = time.perf_counter()
        work()
        took = world.largest(int(1e6 * (time.perf_counter() - began))) / 1e3
        if turn >= WARM_UP:
            found.append(took)
    return found


if __name__ == "__main__":
    launch = launch_of(os.environ)
    if launch:
        measure(join(launch), os.environ["CNN_BENCHMARK"])
    else:
        main()
