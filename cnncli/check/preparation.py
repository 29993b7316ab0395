"""From a specification to a checked network and its images, before anything is trained."""

from dataclasses import replace
from pathlib import Path

from cnncli.config.data import DataSpec
from cnncli.config.load import load_text
from cnncli.config.specification import Specification
from cnncli.data.catalogue import describe
from cnncli.data.load import load
from cnncli.datasets.base import NAMED, Description
from cnncli.datasets.dataset import Dataset
from cnncli.datasets.problems import Notify
from cnncli.errors import CheckpointError, DataError, TargetMissed
from cnncli.graph.build import build
from cnncli.graph.costs.memory import training_step
from cnncli.graph.costs.totals import limit_problems
from cnncli.graph.network import Graph
from cnncli.machine import available_threads
from cnncli.problems import ConfigError, Problem, show_problems
from cnncli.training.early_stopping import metric_problems
from cnncli.training.storage.arrays import check_network
from cnncli.training.storage.checkpoint import Checkpoint, DataUsed

from .rules import training_problems


def trainable_graph(spec: Specification, *, needs_data: bool) -> Graph:
    """The network, if it can be trained within the limits of its file.

    Raises as `checked_graph` does; ConfigError too where the network ends in a map of scores,
    TargetMissed where it goes over a limit.
    """
    graph = checked_graph(spec, needs_data=needs_data)
    scores = graph.by_name[graph.scores]
    if scores.out_shape[:2] != (1, 1):
        message = (
            f"the class scores are {scores.out_shape}; training needs 1x1xK, one for each class.\n"
            "End the network with FC."
        )
        raise ConfigError([Problem(scores.place, scores.name, message, layer=scores.name)])
    _check_limits(spec, graph)
    return graph


def checked_graph(spec: Specification, *, needs_data: bool = False) -> Graph:
    """The network for the data set that the specification names.

    needs_data: a file without a data set is at fault. Raises ConfigError with every error of the
    file, DataError where a data set of one's own is not there.
    """
    described, problems = _described(spec)
    problems += metric_problems(spec)
    if needs_data and spec.data is None:
        problems.append(_no_data(spec))
    image, classes = (described.size, len(described.classes)) if described else (None, None)
    graph = build(replace(spec, problems=(*spec.problems, *problems)), image, classes)
    graph.check()
    if wrong := list(training_problems(spec, graph)):
        raise ConfigError(wrong)
    return graph


def _check_limits(spec: Specification, graph: Graph) -> None:
    train = spec.train
    threads = train.threads or available_threads()
    step = training_step(
        graph,
        train.batch_size,
        threads=threads,
        optimizer=train.optimizer,
        parts=train.accumulate,
    )
    if over := list(limit_problems(spec, graph, step)):
        raise TargetMissed(show_problems(over))


def recorded_network(checkpoint: Checkpoint, path: Path) -> tuple[Specification, Graph]:
    """The configuration that a checkpoint was made with, and its network; data is not needed.

    Raises CheckpointError where this version does not understand the configuration, or the arrays
    are another network's.
    """
    try:
        spec = load_text(checkpoint.config, path)
        graph = build(spec, None, None)
        graph.check()
    except ConfigError as error:
        raise CheckpointError(f"{path}: its configuration has faults:\n{error}") from None
    check_network(checkpoint, path, graph)
    return spec, graph


def _described(spec: Specification) -> tuple[Description | None, list[Problem]]:
    """What the data set is like, and what is wrong with its section."""
    if spec.data is None:
        return None, []
    try:
        return describe(spec.data), []
    except ConfigError as error:
        return NAMED.get(spec.data.name), list(_placed(error, spec).problems)
    except DataError:
        spec.check()
        raise


def _no_data(spec: Specification) -> Problem:
    message = "there is no data set to train on; add data: cifar10 or another"
    return Problem(spec.place(), "data", message)


def images(
    spec: Specification, *, download: bool, notify: Notify, progress: bool, used: DataUsed | None
) -> Dataset:
    """The data set; for a checkpoint the one that it used, never another in its place.

    Raises ConfigError where the specification names none, or more images than there are;
    DataError, WriteError as `data.load.load` does.
    """
    if spec.data is None:
        raise ConfigError([_no_data(spec)])
    data = _as_used(spec.data, used) if used else spec.data
    try:
        dataset = load(data, download=download, notify=notify, progress=progress)
    except ConfigError as error:
        raise _placed(error, spec) from None
    return replace(dataset, stand_in_for=used.stand_in_for) if used else dataset


def _as_used(data: DataSpec, used: DataUsed) -> DataSpec:
    if used.stand_in_for:
        return replace(data, name=used.name, root=None, stand_in=None)  # type: ignore[arg-type]
    return replace(data, stand_in=None)


def _placed(error: ConfigError, spec: Specification) -> ConfigError:
    """Faults that the data package found, at their lines in the file."""
    return ConfigError([replace(p, place=spec.place(*p.path.split("."))) for p in error.problems])
