"""Our side: networks of configs/, and steps of the engine on noise."""

from collections.abc import Callable
from pathlib import Path

from cnncli.config.load import load
from cnncli.config.train import TrainSpec
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import Probe
from cnncli.engine.parallel.processes import CAN_FORK
from cnncli.engine.probes import timing
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.network import Graph
from cnncli.optim.base import Optimizer, OptimizerState, Segment
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.optim.sgd_adam import Sgd
from cnncli.training.parameter_groups import ParameterGroups

CONFIGS = Path(__file__).parents[1] / "configs"
CIFAR = Volume(32, 32, 3)
SGD = Sgd(lr=1e-4, momentum=0.9)
Step = Callable[[], object]


def network(name: str) -> Graph:
    """The checked network of a configuration; one that names a data set is for CIFAR-10."""
    spec = load(CONFIGS / f"{name}.yaml")
    data = spec.data is not None
    graph = build(spec, CIFAR if data else None, 10 if data else None)
    graph.check()
    return graph


def noise(graph: Graph, batch: int) -> Prepared:
    """Images and labels for a network."""
    return timing.noise(batch, graph.image, graph.classes)


def engine_for(
    graph: Graph, batch: int, threads: int, fork: bool = CAN_FORK, probe: Probe | None = None
) -> Engine:
    """An engine with the algorithms that training with this batch would choose."""
    algorithms = choose(graph, "auto", -(-batch // threads))
    return Engine(graph, threads=threads, seed=0, algorithms=algorithms, fork=fork, probe=probe)


def segments_of(engine: Engine, optimizer: Optimizer) -> tuple[Segment, ...]:
    """What the optimizer updates: everything."""
    train = TrainSpec(optimizer=optimizer)
    return ParameterGroups(engine.graph, train, engine.parameters.slices).segments()


def training_step(engine: Engine, batch: Prepared) -> Step:
    """Forward, backward, and the optimizer."""
    passes, update = training_parts(engine, batch)

    def step() -> None:
        passes()
        update()

    return step


def training_parts(engine: Engine, batch: Prepared) -> tuple[Step, Step]:
    """Forward and backward; and the optimizer."""
    loss, parameters = SoftmaxCrossEntropy(), engine.parameters.vector
    optimizer = OptimizerState(SGD, parameters.size)
    segments = segments_of(engine, SGD)

    def update(part: slice) -> None:
        optimizer.update(parameters, engine.gradient, segments, part, SGD.lr, 1)

    return (
        lambda: engine.gradients(batch, loss, 0),
        lambda: engine.parallel(update, parameters.size),
    )
