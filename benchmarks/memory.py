"""The memory that `cnn shapes` predicts for a training step beside what a process really takes.

Run as `python -m benchmarks.memory [CONFIG...]`, as Markdown. For each network a fresh process
notes its resident memory before the network is built, and the highest in three training steps.
"""

import argparse
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cnncli.config.load import load, load_text
from cnncli.data.batches import Batch, Batches
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.costs.memory import StepMemory, training_step
from cnncli.graph.network import Graph
from cnncli.optim.base import OptimizerState
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.optim.sgd_adam import Sgd

from .networks import engine_for, segments_of
from .resident import highest, resident

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


def measure(case: Case) -> int:
    """The growth over three steps, in this process and those it forks.

    A tiny network comes first: it loads the modules, and lets BLAS take buffers of its own.
    """
    steps(build(load_text(WARM_UP, Path("warm-up")), None, None), 2 * THREADS)
    before = resident()
    return highest(lambda: steps(network(case), case.batch)) - before


def _stored(images: int, graph: Graph) -> Batch:
    """Images as a data set has them; every shard prepares its own."""
    rng = np.random.default_rng(0)
    shape = (images, graph.image.H, graph.image.W, graph.image.D)
    labels = rng.integers(0, graph.classes, images)
    split = Split(rng.integers(0, 256, shape, np.uint8), labels)
    return Batches(split, Pipeline(None, (), 0), images, 0, shuffle=False).batch(0, 0)


def steps(graph: Graph, images: int) -> None:
    """Three training steps on noise."""
    batch = _stored(images, graph)
    with engine_for(graph, images, THREADS) as engine:
        size = engine.parameters.vector.size
        loss, optimizer = SoftmaxCrossEntropy(), OptimizerState(SGD, size)
        segments = segments_of(engine, SGD)

        def update(part: slice) -> None:
            vector, gradient = engine.parameters.vector, engine.gradient
            optimizer.update(vector, gradient, segments, part, SGD.lr, 1)

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
    print("| network | images | predicted | measured growth | measured / predicted |")
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
