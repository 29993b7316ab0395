"""Taking a run up again: what may have changed in the configuration, and what may not."""

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from cnncli.config.data import DataSpec
from cnncli.config.source_text.dump import flow
from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.datasets.dataset import Dataset
from cnncli.errors import DataError
from cnncli.graph.network import Graph, Node
from cnncli.optim.optimizer_fields import OptimizerSpec, Sgd
from cnncli.problems import ConfigError, Problem
from cnncli.report.hyperparameters import as_values
from cnncli.schema.validation import serialise
from cnncli.training.state import Progress, Watch

from .checkpoint import DataUsed

_DATA = ("name", "validation", "limit", "augment", "normalise", "size")
_TRAIN = (
    "seed", "batch_size", "loss", "init", "kernels", "average", "last_batch", "accumulate", "mixup",
)  # fmt: skip
_NONE = "nothing"


def check_unchanged(spec: Specification, graph: Graph, old: Specification, was: Graph) -> None:
    """Raises ConfigError naming everything that a run can not change on the way."""
    now, before = _fixed(spec), _fixed(old)
    for node, former in zip_longest(graph.nodes, was.nodes):
        path = ("architecture",)
        now[path], before[path] = _layer(node), _layer(former)
        if now[path] != before[path]:
            break
    problems = [
        Problem(
            spec.place(*path),
            ".".join(path),
            f"a run can not change this when it is resumed: it was {before.get(path, _NONE)}, and "
            f"is {now.get(path, _NONE)}.\nStart a new run with another --out.",
        )
        for path in sorted(now.keys() | before.keys())
        if now.get(path) != before.get(path)
    ]
    if problems:
        raise ConfigError(problems)


def changes(spec: Specification, old: Specification) -> list[str]:
    """What a resumed run does otherwise than before, as lines of a diff: `- key: was`, `+ key: is`.

    Of two complete configurations, as runs record them.
    """
    now, before = _settings(spec), _settings(old)
    lines = []
    for path in sorted(now.keys() | before.keys()):
        was, new = before.get(path), now.get(path)
        if was != new:
            lines += [f"- {path}: {was}"] if was is not None else []
            lines += [f"+ {path}: {new}"] if new is not None else []
    return lines


def adapt(progress: Progress, spec: Specification, old: Specification) -> None:
    """Lets a run forget what settings made it remember that are others now.

    Of two complete configurations. Another metric of early stopping is watched from here on;
    another patience counts from the best epoch, and may set a run going that had stopped. Another
    optimizer, schedule or way to take a divergence is without the rollbacks of the former.
    """
    now, before, was_stopped = spec.train, old.train, progress.watch.stopped
    if _watched(now) != _watched(before):
        progress.watch = Watch()
    elif now.early_stopping:
        progress.watch.stopped = progress.watch.waited >= now.early_stopping.patience
    if _rates(now) != _rates(before):
        progress.rollbacks, progress.lr_factor = 0, 1.0
    goes_on = not progress.watch.stopped and (was_stopped or now.epochs > before.epochs)
    progress.finished = progress.finished and not goes_on


def _watched(train: TrainSpec) -> tuple[str, str | None] | None:
    rule = train.early_stopping
    return (rule.metric, rule.mode) if rule else None


def _rates(train: TrainSpec) -> tuple[object, ...]:
    return train.optimizer, train.schedule, train.on_divergence


def _settings(spec: Specification) -> dict[str, str]:
    """Every value of the data and train sections by its path, as one would write it."""
    sections = {"train": serialise(TrainSpec, spec.train)}
    if spec.data:
        sections["data"] = serialise(DataSpec, spec.data)
    return {"name": spec.name} | dict(_flat(sections, ""))


def _flat(values: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        elif value is not None:
            yield f"{prefix}{key}", flow(value)


def _fixed(spec: Specification) -> dict[tuple[str, ...], str]:
    """The settings that stay, by their paths, as one would write them."""
    train = serialise(TrainSpec, spec.train)
    fixed: dict[tuple[str, ...], str] = {("train", "optimizer"): _rule(spec.train.optimizer)}
    fixed |= {("train", name): flow(train[name]) for name in _TRAIN if train[name] is not None}
    if spec.data:
        data = serialise(DataSpec, spec.data)
        fixed |= {("data", name): flow(data[name]) for name in _DATA if data[name] is not None}
    return fixed


def _layer(node: Node | None) -> str:
    """A layer with where it takes its input from, and every hyperparameter."""
    if node is None:
        return _NONE
    inputs = f" from {', '.join(node.inputs)}" if node.inputs else ""
    return f"{node.name!r}{inputs}: {node.layer.kind} {flow(as_values(node.layer))}"


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
