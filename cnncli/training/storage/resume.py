"""The way back into a run: its checkpoint and network, its images, and what may have changed."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from cnncli.check.check import check_recorded, place_problems
from cnncli.config.data import DataSpec
from cnncli.config.load import load_text
from cnncli.config.source_text.dump import flow
from cnncli.config.specification import Specification
from cnncli.config.start import Start
from cnncli.config.train import TrainSpec
from cnncli.data.load import load
from cnncli.datasets.dataset import Dataset
from cnncli.datasets.problems import Notify
from cnncli.engine.parallel.world import here
from cnncli.errors import CheckpointError, DataError
from cnncli.graph.network import Graph, Node
from cnncli.problems import ConfigError, Problem
from cnncli.report.hyperparameters import as_values
from cnncli.schema.validation import serialise
from cnncli.training.ending import in_words, stop_text
from cnncli.training.session import complete_configuration
from cnncli.training.state import Best, Progress, Watch
from cnncli.training.transfer import Transfer, with_own_start

from .arrays import check_network, evaluated_arrays
from .changes import changes
from .checkpoint import Checkpoint, DataUsed
from .directory import RunDirectory, checkpoint_of
from .safetensors_file import DamagedError, See


class SavedRun(NamedTuple):
    """A run as one of its checkpoints holds it, with the network of the configuration in there."""

    path: Path
    checkpoint: Checkpoint
    spec: Specification
    graph: Graph


class Resumed(NamedTuple):
    """A run that goes on, and what it does otherwise from there on, as lines of a diff."""

    saved: SavedRun
    changes: list[str]
    lr_factor: float
    """What rollbacks had made of the learning rate so far."""


def open_run(run: Path) -> SavedRun:
    """A run at its best checkpoint, or its last; any other path is a checkpoint itself.

    Data is not needed. Raises CheckpointError where there is none, it is damaged, this version does
    not understand its configuration, or its arrays are another network's.
    """
    if not os.path.isdir(run):
        return _open(run)
    return _open(checkpoint_of(run))


def _open(path: Path, see: See = lambda content: None) -> SavedRun:
    return saved_run(Checkpoint.load(path, see), path)


def open_start(spec: Specification, graph: Graph) -> Transfer | None:
    """What a run takes over at its beginning; None: it begins with no trained network.

    Of one with an average of its weights that, as when it is judged. Raises as `open_run` and
    `Transfer.of` do.
    """
    if spec.train.start is None:
        return None
    start = spec.train.start
    return here().first(lambda: _open_start(spec, graph, start))


def _open_start(spec: Specification, graph: Graph, start: Start) -> Transfer:
    sha256 = hashlib.sha256()
    path, checkpoint, _, theirs = _open(checkpoint_of(start.run), sha256.update)
    arrays = evaluated_arrays(checkpoint, path, theirs)
    return Transfer.of(spec, graph, path, sha256.hexdigest(), checkpoint.data, arrays)


def saved_run(checkpoint: Checkpoint, path: Path) -> SavedRun:
    """A run as the checkpoint of that path holds it; raises as `open_run` does."""
    try:
        spec, graph = check_recorded(checkpoint.config, path).network()
    except ConfigError as error:
        raise CheckpointError(f"{path}: its configuration has problems:\n{error}") from None
    check_network(checkpoint, path, graph)
    return SavedRun(path, checkpoint, spec, graph)


def resume_run(
    spec: Specification, graph: Graph, directory: RunDirectory, warn: Callable[[str], None]
) -> Resumed | None:
    """The newest state of a run, for the configuration that it goes on with; None: it has none.

    The directory is left as it is. Raises ConfigError where the configuration is another run's,
    and CheckpointError.
    """
    return here().first(lambda: _resume_run(spec, graph, directory, warn))


def _resume_run(
    spec: Specification, graph: Graph, directory: RunDirectory, warn: Callable[[str], None]
) -> Resumed | None:
    if not any(map(os.path.exists, (directory.last, directory.previous))):
        return None
    saved = _newest(directory, warn)
    spec = with_own_start(spec, saved.spec, saved.checkpoint.start)
    check_unchanged(spec, graph, saved.spec, saved.graph)
    if spec.train.best is None:  # the run's, whatever early stopping watches now
        spec = replace(spec, train=replace(spec.train, best=saved.spec.train.best))
    now = load_text(complete_configuration(spec, graph), directory.config)
    lr_factor = saved.checkpoint.progress.lr_factor
    remarks = adapt(saved.checkpoint.progress, now, saved.spec)
    return Resumed(saved, [*changes(now, saved.spec, spec), *remarks], lr_factor)


def _newest(directory: RunDirectory, warn: Callable[[str], None]) -> SavedRun:
    """The last checkpoint, or where that is damaged or gone the one before."""
    try:
        return _open(directory.last)
    except CheckpointError as error:
        is_lost = isinstance(error, DamagedError) or not os.path.exists(directory.last)
        if not is_lost or not os.path.exists(directory.previous):
            raise
        saved = _open(directory.previous)
        warn(f"warning: {error}\nwarning: going on from {directory.previous} instead")
        return saved


def load_images(
    spec: Specification,
    *,
    download: bool,
    notify: Notify,
    progress: bool = False,
    used: DataUsed | None = None,
) -> Dataset:
    """The data set; for a run that is resumed or judged the one that it `used`, and no other.

    Raises ConfigError where the section asks for more images than there are, DataError where they
    are missing, damaged or not those that the run began with, WriteError as `data.load.load` does.
    """
    data = spec.data
    assert data is not None, "it was checked that there is a data set"
    if used:
        name = used.name if used.stand_in_for else data.name
        root = None if used.stand_in_for else data.root
        data = replace(data, name=name, root=root, stand_in=None)
    try:
        dataset = load(
            data,
            download=download,
            notify=notify,
            progress=progress,
            draws_by_class=used is None or used.draw is not None,
            every_fifth=used is not None and used.test_draw is None,
            classes=used.classes if used and data.name == "folder" else None,
        )
    except ConfigError as error:
        raise ConfigError(place_problems(error, spec)) from None
    if used is None:
        for remark in dataset.remarks:
            notify(remark)
        return dataset
    if dataset.digest != used.digest:
        if data.name == "folder" and used.damaged is None:
            raise CheckpointError(
                f"{data.root}: the images are not those of the checkpoint, SHA-256 "
                f"{used.digest[:16]}...; it was written by a version that read no sub-folders of "
                "classes, no folder for validation, and transparent images without a background: "
                "set data.root to the data that the run began with, laid out without these, or "
                "start a new run"
            )
        raise DataError(
            f"{dataset.name}: the images are not those of the checkpoint: expected SHA-256 "
            f"{used.digest[:16]}..., found {dataset.digest[:16]}...; set data.root to the "
            "data that the run began with"
        )
    for what, found, recorded in (
        ("for validation", dataset.draw, used.draw),
        ("to test on", dataset.test_draw, used.test_draw),
    ):
        if found != recorded:
            raise CheckpointError(
                f"{dataset.name}: the images held out {what} are not those of the checkpoint, by "
                "its record; continue it with the version of cnn that wrote it, or start a new run"
            )
    return replace(dataset, stand_in_for=used.stand_in_for)


_DATA = (
    "name", "validation", "limit", "split_seed", "group", "sampler", "augment", "normalise", "mean",
    "std", "size", "resize", "background",
)  # fmt: skip
_TRAIN = (
    "seed", "batch_size", "loss", "init", "kernels", "average", "last_batch", "accumulate", "mixup",
    "class_weights", "start",
)  # fmt: skip
_RATES = ("optimizer", "schedule", "on_divergence")
_NONE = "nothing"


def check_unchanged(spec: Specification, graph: Graph, old: Specification, was: Graph) -> None:
    """Raises ConfigError naming everything that a run cannot change on the way."""
    now, before = _fixed_settings(spec), _fixed_settings(old)
    for node, former in zip_longest(graph.nodes, was.nodes):
        path = ("architecture",)
        now[path], before[path] = _layer(node), _layer(former)
        if now[path] != before[path]:
            break
    problems = [
        Problem(
            spec.place(*path),
            ".".join(path),
            f"a run cannot change this when it is resumed: it was {before.get(path, _NONE)}, and "
            f"is {now.get(path, _NONE)}.\nStart a new run with another --out.",
        )
        for path in sorted(now.keys() | before.keys())
        if now.get(path) != before.get(path)
    ]
    if problems:
        raise ConfigError(problems)


def adapt(progress: Progress, spec: Specification, old: Specification) -> list[str]:
    """Lets a run forget what settings made it remember that are others now. What to say of it.

    Of two complete configurations. Another metric of early stopping is watched from here on;
    another patience counts from the best epoch, and may set a run going that had stopped. Another
    optimizer, schedule or way to take a divergence is without the rollbacks of the former. Another
    metric of the best network begins a new best.
    """
    now, before, was_stopped = spec.train, old.train, progress.watch.stopped
    rule, former = now.early_stopping, before.early_stopping
    stop = stop_text(progress.watch, former, before.epochs)
    if (rule and (rule.metric, rule.mode)) != (former and (former.metric, former.mode)):
        progress.watch = Watch()
    elif rule:
        progress.watch.stopped = progress.watch.waited >= rule.patience
    if any(getattr(now, name) != getattr(before, name) for name in _RATES):
        progress.rollbacks, progress.lr_factor = 0, 1.0
    goes_on = not progress.watch.stopped and (was_stopped or now.epochs > before.epochs)
    progress.finished = progress.finished and not goes_on
    remarks = [f"it had {stop}"] if stop and not progress.watch.stopped else []
    if now.best not in (None, progress.best.metric):
        progress.best = Best(now.best)
        remarks.append(f"the best network is looked for anew, by {in_words(now.best)}")
    return remarks


def _fixed_settings(spec: Specification) -> dict[tuple[str, ...], str]:
    """The settings that stay, by their paths, as one would write them."""
    train = serialise(TrainSpec, spec.train)
    fixed: dict[tuple[str, ...], str] = {("train", "optimizer"): spec.train.optimizer.form}
    fixed |= {("train", name): flow(train[name]) for name in _TRAIN if train[name] is not None}
    if spec.data:
        data = serialise(DataSpec, spec.data)
        fixed |= {("data", name): flow(data[name]) for name in _DATA if data[name] is not None}
    return fixed


def _layer(node: Node | None) -> str:
    if node is None:
        return _NONE
    inputs = f" from {', '.join(node.inputs)}" if node.inputs else ""
    return f"{node.name!r}{inputs}: {node.layer.kind} {flow(as_values(node.layer))}"
