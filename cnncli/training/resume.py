"""Taking a run up again: what may have changed in the configuration, and what may not."""

from typing import Any

from cnncli.data.dataset import Dataset
from cnncli.errors import ConfigError, DataError, Problem
from cnncli.graph.network import Graph
from cnncli.spec.optimizers import OptimizerSpec, Sgd
from cnncli.spec.specification import Specification

from .checkpoint import DataUsed

_DATA = ("name", "validation", "limit", "augment", "normalise", "size")
_TRAIN = ("seed", "batch_size", "loss", "init")


def check_unchanged(spec: Specification, graph: Graph, old: Specification, was: Graph) -> None:
    """Raises ConfigError naming everything that a run can not change on the way."""
    now, before = _fixed(spec, graph), _fixed(old, was)
    problems = [
        Problem(
            spec.place(*path),
            ".".join(path),
            f"a run can not change this when it is resumed: it was {before.get(path)}, and is "
            f"{now.get(path)}.\nStart a new run with another --out.",
        )
        for path in sorted(now.keys() | before.keys())
        if now.get(path) != before.get(path)
    ]
    if problems:
        raise ConfigError(problems)


def _fixed(spec: Specification, graph: Graph) -> dict[tuple[str, ...], Any]:
    fixed: dict[tuple[str, ...], Any] = {
        ("architecture",): " - ".join(f"{n.name}({n.layer})" for n in graph.nodes),
        ("train", "optimizer"): _rule(spec.train.optimizer),
    }
    fixed |= {("train", name): getattr(spec.train, name) for name in _TRAIN}
    if spec.data:
        fixed |= {("data", name): getattr(spec.data, name) for name in _DATA}
    return fixed


def _rule(optimizer: OptimizerSpec) -> str:
    """What decides which vectors the optimizer remembers; its numbers may change."""
    if isinstance(optimizer, Sgd):
        return f"sgd {'with' if optimizer.momentum else 'without'} momentum"
    return optimizer.name


def check_same_data(dataset: Dataset, used: DataUsed) -> None:
    """Raises DataError where the files are not those that the run began with."""
    if dataset.digest != used.digest:
        raise DataError(
            f"{dataset.name}: the images are not those of the checkpoint: expected SHA-256 "
            f"{used.digest[:16]}..., found {dataset.digest[:16]}...; set data.root to the "
            "data that the run began with"
        )
