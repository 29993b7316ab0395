"""One training step (forward, backward, SGD with momentum) beside PyTorch's, as Markdown.

Run as `python -m benchmarks.step [--rounds N] [--compile]`. Both sides work on the same network
with the same weights; the script checks that they agree. The contestants take turns.
"""

import argparse
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

import numpy as np
import torch

from benchmarks.networks import graph, in_pytorch
from cnncli.engine.cores import available_threads
from cnncli.engine.engine import Engine
from cnncli.graph.network import Graph
from cnncli.spec.optimizers import Sgd
from cnncli.training.losses import SoftmaxCrossEntropy
from cnncli.training.optimizers import make_optimizer

NETWORKS = ("small", "vgg", "vggbn")
BATCH = 128
THREADS = 2
SGD = Sgd(lr=0.01, momentum=0.9)
Step = Callable[[], object]


class RandomBatch:
    """Images of noise."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.array = rng.standard_normal((BATCH, 32, 32, 3)).astype(np.float32)
        self.labels = rng.integers(0, 10, BATCH)

    def __len__(self) -> int:
        return BATCH

    def images(self, first: int, last: int) -> np.ndarray:
        """Images first to last - 1."""
        return self.array[first:last]


def ours(engine: Engine, batch: RandomBatch) -> Step:
    """Our step."""
    loss, size = SoftmaxCrossEntropy(), engine.parameters.vector.size
    optimizer = make_optimizer(SGD, size)

    def update(part: slice) -> None:
        optimizer.update(engine.parameters.vector, engine.gradient, engine.decay, part, SGD.lr, 1)

    def step() -> None:
        engine.gradients(batch, loss, 0)
        engine.parallel(update, size)

    return step


def theirs(network: Graph, engine: Engine, batch: RandomBatch, layout: str, fast: bool) -> Step:
    """PyTorch's step: NCHW or channels_last, eager or compiled."""
    order = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    module = in_pytorch(network, engine).to(memory_format=order)
    x = torch.tensor(batch.array).permute(0, 3, 1, 2).contiguous(memory_format=order)
    labels = torch.tensor(batch.labels)
    optimizer = torch.optim.SGD(module.parameters(), SGD.lr, SGD.momentum)
    run = torch.compile(module) if fast else module

    def step() -> None:
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(run(x), labels).backward()
        optimizer.step()

    return step


def check_agreement(network: Graph, engine: Engine, batch: RandomBatch) -> None:
    """Both give the same scores, and in training mode the same loss and gradient.

    The gradient is compared in float64: in float32, one number that rounds to the other side of
    a RELU's zero changes it by a thousandth, on either side.
    """
    x, labels = torch.tensor(batch.array).permute(0, 3, 1, 2), torch.tensor(batch.labels)
    with torch.no_grad():
        scores = in_pytorch(network, engine).eval()(x).numpy()
    close(engine.scores(batch), scores, 1e-5)
    with Engine(network, threads=THREADS, seed=0, dtype=np.float64) as exact:
        module = in_pytorch(network, exact).double()
        loss = torch.nn.functional.cross_entropy(module(x.double()), labels)
        loss.backward()
        result = exact.gradients(batch, SoftmaxCrossEntropy(), 0)
        close(result.loss_sum / BATCH, loss.item(), 1e-9)
        first = exact.gradient[exact.parameters.slices[f"{network.nodes[1].name}.W"]]
        close(first, module[0].weight.grad.permute(2, 3, 1, 0).flatten().numpy(), 1e-9)


def close(a: np.ndarray | float, b: np.ndarray | float, tolerance: float) -> None:
    """Raises AssertionError where a and b differ by more than a share of the largest b."""
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


def measure(steps: dict[str, Step], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each, taking turns in alternating order, after two rounds to warm up."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for turn in range(rounds + 2):
        for name in list(steps)[:: -1 if turn % 2 else 1]:
            began = time.perf_counter()
            steps[name]()
            if turn >= 2:
                times[name].append(1000 * (time.perf_counter() - began))
    return times


def processor() -> str:
    """The processor's name where the system tells it, else its architecture."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--compile", action="store_true", help="also torch.compile")
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    print(f"{processor()}, {available_threads()} cores, {THREADS} threads, batch {BATCH}, ", end="")
    print(f"Python {platform.python_version()}, NumPy {np.__version__}, torch {torch.__version__}")
    print("\n| network | step | median ms | least ms | quartiles ms | of cnn's |")
    print("|---|---|---|---|---|---|")
    for name in NETWORKS:
        network, batch = graph(name), RandomBatch()
        with Engine(network, threads=THREADS, seed=0) as engine:
            check_agreement(network, engine, batch)
            steps = {"cnn": ours(engine, batch)}
            for layout in ("NCHW", "channels_last"):
                steps[f"PyTorch {layout}"] = theirs(network, engine, batch, layout, False)
            if arguments.compile:
                steps["PyTorch compiled"] = theirs(network, engine, batch, "channels_last", True)
            times = measure(steps, arguments.rounds)
        own = median(times["cnn"])
        for step, found in times.items():
            low, middle, high = quantiles(found, n=4)
            spread = f"{min(found):.0f} | {low:.0f} to {high:.0f}"
            print(f"| {name} | {step} | {middle:.0f} | {spread} | {middle / own:.2f} |")


if __name__ == "__main__":
    main()
