"""The memory that `cnn shapes` predicts for a training step beside what a process really takes.

Run as `python -m benchmarks.memory [CONFIG...]`, as Markdown. For each network a fresh process
notes its peak resident memory before the network is built and after three training steps.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnncli.engine.engine import Engine
from cnncli.graph.build import build
from cnncli.graph.memory import StepMemory, training_step
from cnncli.graph.network import Graph
from cnncli.layers.hyperparameters import Volume
from cnncli.spec.load import load, load_text
from cnncli.spec.optimizers import Sgd
from cnncli.training.losses import SoftmaxCrossEntropy
from cnncli.training.optimizers import make_optimizer

SGD = Sgd(lr=1e-4, momentum=0.9)
STEPS = 3
THREADS = 2
CIFAR = Volume(32, 32, 3)
WARM_UP = "architecture: INPUT(8x8x3) -> CONV -> CONV-12 -> BN -> RELU -> POOL -> FC-10"


@dataclass(frozen=True)
class Case:
    """A network and the number of images in a step."""

    config: str
    batch: int


CASES = (
    Case("small", 128),
    Case("vgg", 128),
    Case("vggbn", 128),
    Case("resnet20", 128),
    Case("alexnet", 32),
    Case("googlenet", 16),
    Case("mobilenet", 16),
    Case("densenet100", 32),
)


class Noise:
    """A batch of random images; each shard gets its own as fresh memory, like prepared ones."""

    def __init__(self, count: int, image: Volume, classes: int) -> None:
        self.image = image
        self.labels = np.random.default_rng(0).integers(0, classes, count)

    def __len__(self) -> int:
        return len(self.labels)

    def images(self, first: int, last: int) -> np.ndarray:
        """Images first to last - 1."""
        W, H, D = self.image
        return np.random.default_rng(first).standard_normal((last - first, H, W, D), np.float32)


def network(case: Case) -> Graph:
    """The checked graph of a configuration."""
    file = Path(__file__).parents[1] / "configs" / f"{case.config}.yaml"
    spec = load(file)
    data = spec.data is not None
    graph = build(spec, CIFAR if data else None, 10 if data else None)
    graph.check()
    return graph


def predicted(case: Case) -> StepMemory:
    """What the model says."""
    return training_step(network(case), case.batch, threads=THREADS, optimizer=SGD)


def peak() -> int:
    """The highest resident memory of this process so far, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])
    raise OSError("/proc/self/status has no VmHWM: this needs Linux")


def measure(case: Case) -> int:
    """The growth of the peak over three steps, in this process.

    A tiny network comes first: it loads the modules, and lets BLAS take buffers of its own.
    """
    steps(build(load_text(WARM_UP, Path("warm-up")), None, None), 2 * THREADS)
    before = peak()
    steps(network(case), case.batch)
    return peak() - before


def steps(graph: Graph, images: int) -> None:
    """Three training steps on noise."""
    batch = Noise(images, graph.image, graph.classes)
    with Engine(graph, threads=THREADS, seed=0) as engine:
        size = engine.parameters.vector.size
        loss, optimizer = SoftmaxCrossEntropy(), make_optimizer(SGD, size)

        def update(part: slice) -> None:
            vector, gradient = engine.parameters.vector, engine.gradient
            optimizer.update(vector, gradient, engine.decay, part, SGD.lr, 1)

        for step in range(STEPS):
            engine.gradients(batch, loss, step)
            engine.parallel(update, size)


def main() -> None:
    """Prints a line for each network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("configs", nargs="*", help="only these networks")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(measure(next(case for case in CASES if case.config == options.measure)))
        return
    print("| network | images | predicted | measured growth of the peak | measured / predicted |")
    print("| --- | --- | --- | --- | --- |")
    for case in CASES:
        if options.configs and case.config not in options.configs:
            continue
        command = [sys.executable, "-m", "benchmarks.memory", "--measure", case.config]
        growth = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        model = predicted(case).total
        print(
            f"| {case.config} | {case.batch} | {model / 2**20:.1f} MiB | {growth / 2**20:.1f} MiB "
            f"| {growth / model:.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
