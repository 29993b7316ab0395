"""Where `cnn train --resume` goes on from."""

import os
from typing import NamedTuple

from cnncli.check.preparation import recorded_network
from cnncli.config.load import load_text
from cnncli.config.specification import Specification
from cnncli.errors import CheckpointError
from cnncli.graph.network import Graph
from cnncli.report.progress import Progress
from cnncli.text import count
from cnncli.training.session import resolved

from .checkpoint import Checkpoint, DataUsed
from .directory import RunDirectory
from .resume import adapt, changes, check_unchanged
from .safetensors_file import DamagedError


class Start(NamedTuple):
    """A checkpoint to go on from, adapted to the configuration; None: there is none yet."""

    checkpoint: Checkpoint | None
    is_former: bool
    """It is the one before the last."""


def taken_up(
    spec: Specification, graph: Graph, directory: RunDirectory, progress: Progress
) -> Start:
    """The state to go on from, and says what is done otherwise from there on.

    The directory is left as it is. Raises ConfigError where the configuration is another run's,
    and CheckpointError.
    """
    if not any(map(os.path.exists, (directory.last, directory.previous))):
        progress.warn(f"{directory.path} has no checkpoint yet: starting at step 0")
        return Start(None, False)
    start = _newest(directory, progress)
    assert start.checkpoint
    path = directory.previous if start.is_former else directory.last
    old, was = recorded_network(start.checkpoint, path)
    check_unchanged(spec, graph, old, was)
    now, done = load_text(resolved(spec, graph), directory.config), start.checkpoint.progress
    adapt(done, now, old)
    if not done.finished:
        if changed := changes(now, old):
            progress.say("\n  ".join((f"changed since step {done.step:,}:", *changed)))
        progress.say(f"resuming {directory.path} behind step {done.step:,}")
        if done.rollbacks:
            progress.say(
                f"learning rates are times {done.lr_factor:.3g}, after "
                f"{count(done.rollbacks, 'rollback')}"
            )
        warn_of_stand_in(start.checkpoint.data, "this run was trained on", progress)
    return start


def warn_of_stand_in(data: DataUsed, doing: str, progress: Progress) -> None:
    """Says so where a run's images are not those that its configuration names."""
    if data.stand_in_for:
        progress.warn(f"warning: {doing} the stand-in {data.name!r}, not on {data.stand_in_for}")


def _newest(directory: RunDirectory, progress: Progress) -> Start:
    """The last checkpoint, or where that is damaged or gone the one before."""
    try:
        return Start(Checkpoint.load(directory.last), False)
    except CheckpointError as error:
        is_lost = isinstance(error, DamagedError) or not os.path.exists(directory.last)
        if not is_lost or not os.path.exists(directory.previous):
            raise
        checkpoint = Checkpoint.load(directory.previous)
        progress.warn(f"warning: {error}\nwarning: going on from {directory.previous} instead")
        return Start(checkpoint, True)
