"""From a specification to a checked network and its images, before anything is trained."""

from dataclasses import replace

from cnncli.data.catalogue import describe
from cnncli.data.dataset import Dataset
from cnncli.data.load import Notify, load
from cnncli.errors import ConfigError, Problem
from cnncli.graph.build import build
from cnncli.graph.network import Graph
from cnncli.spec.data import DataSpec
from cnncli.spec.specification import Specification

from .checkpoint import DataUsed
from .early_stopping import check_metric


def checked_graph(spec: Specification) -> Graph:
    """The network for the data set that the specification names.

    Raises ConfigError with every error of the file, DataError where a data set of one's own is
    not there.
    """
    try:
        described = describe(spec.data) if spec.data else None
    except ConfigError as error:
        raise _placed(error, spec) from None
    image, classes = (described.size, len(described.classes)) if described else (None, None)
    graph = build(spec, image, classes)
    graph.check()
    check_metric(spec)
    return graph


def needed_data(spec: Specification) -> DataSpec:
    """The `data:` section. Raises ConfigError where there is none."""
    if spec.data is None:
        message = "there is no data set to train on; add data: cifar10 or another"
        raise ConfigError([Problem(spec.place(), "data", message)])
    return spec.data


def images(
    spec: Specification, *, download: bool, notify: Notify, progress: bool, used: DataUsed | None
) -> Dataset:
    """The data set; for a checkpoint the one that it used, never another in its place."""
    data = needed_data(spec)
    if used is not None:
        data = _as_used(data, used)
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
