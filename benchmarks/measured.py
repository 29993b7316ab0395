"""`kernels: measured` beside auto's choice and direct kernels: training steps that take turns.

    python -m benchmarks.measured --threads 1 vggbn:64 resnet20:64

The last column is the median of the rounds' ratios to the better of both: 1 is as good. Where two
of them choose the same, they are one contestant.
"""

import argparse
import sys
from contextlib import ExitStack
from statistics import median
from time import perf_counter

from cnncli.engine.algorithm_choice import choose
from cnncli.engine.engine import Engine
from cnncli.engine.parallel.blas import machine_profile
from cnncli.engine.probes.measured_choice import choose_for
from cnncli.engine.probes.timing import take_turns
from cnncli.optim.losses import SoftmaxCrossEntropy

from .networks import network, noise, training_step

NETWORKS = ["small:128", "vgg:128", "vggbn:128", "resnet20:128", "squeezenet:16", "densenet100:32"]


def row(name: str, batch: int, threads: int, rounds: int) -> str:
    """A line of the table."""
    graph, profile = network(name), machine_profile()
    began = perf_counter()
    chosen = {
        "measured": choose_for(
            graph, "measured", batch, threads, profile, SoftmaxCrossEntropy(), print_error
        )
    }
    took = perf_counter() - began
    for kernels in ("auto", "direct"):
        chosen[kernels] = choose(graph, kernels, -(-batch // threads), profile)
    different = [
        each for n, each in enumerate(chosen.values()) if each not in [*chosen.values()][:n]
    ]
    images = noise(graph, batch)
    with ExitStack() as stack:
        engines = [
            stack.enter_context(Engine(graph, threads=threads, seed=0, algorithms=algorithms))
            for algorithms in different
        ]
        taken = take_turns([training_step(engine, images) for engine in engines], rounds)
    series = {kernels: taken[different.index(each)] for kernels, each in chosen.items()}
    auto, direct = (
        median(one / other for one, other in zip(series["measured"], series[rival], strict=True))
        for rival in ("auto", "direct")
    )
    others = sum(way != chosen["auto"][node] for node, way in chosen["measured"].items())
    times = [
        f"{1000 * median(series[kernels]):.0f} ms" for kernels in ("auto", "direct", "measured")
    ]
    cells = [name, str(batch), *times, f"{others} of {len(chosen['auto'])}", f"{took:.0f} s"]
    return f"| {' | '.join(cells)} | {max(auto, direct):.3f} |"


def print_error(text: str) -> None:
    """Beside the table."""
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("networks", nargs="*", default=NETWORKS, metavar="NAME:BATCH")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=11)
    given = parser.parse_args()
    print("| network | batch | auto | direct | measured | other than auto | choosing | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for each in given.networks:
        name, batch = each.split(":")
        print(row(name, int(batch), given.threads, given.rounds), flush=True)


if __name__ == "__main__":
    main()
