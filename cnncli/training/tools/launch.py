"""A whole run: begun, or taken up from its newest checkpoint, and trained to its end."""

import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from math import isnan, nan
from pathlib import Path
from typing import NamedTuple

from cnncli.check.class_balance import uneven_classes
from cnncli.config.specification import Specification
from cnncli.engine.parallel.launchers import launch_of
from cnncli.engine.parallel.world import World, here, together
from cnncli.graph.network import Graph
from cnncli.machine import available_threads, parent_cores
from cnncli.report.evaluation import never_predicted, summary
from cnncli.report.progress import Progress, duration
from cnncli.text import count
from cnncli.training.ending import stop_text
from cnncli.training.evaluate import Evaluation
from cnncli.training.run import run, run_without_test
from cnncli.training.session import Session, complete_configuration
from cnncli.training.state import Best
from cnncli.training.storage.changes import new_rate
from cnncli.training.storage.checkpoint import DataUsed
from cnncli.training.storage.directory import RUNS, RunDirectory, check_free, create
from cnncli.training.storage.earlier_overrides import earlier_shards
from cnncli.training.storage.ranks_directory import for_all_ranks
from cnncli.training.storage.resume import (
    Resumed,
    SavedRun,
    load_images,
    open_start,
    resume_run,
)
from cnncli.training.trainer import Display
from cnncli.training.transfer import with_own_start

from .alike import check_images
from .estimate import estimate


class Result(NamedTuple):
    """What came of a run: its test accuracy, and a line about it; empty where nothing was done.

    accuracy: NaN where none is recorded. path: of its directory, if that stays. is_finished:
    nothing is left to do. best: on images held out; None: nothing was trained here.
    """

    accuracy: float
    text: str = ""
    path: Path | None = None
    is_finished: bool = True
    best: Best | None = None

    @classmethod
    def of(cls, name: str, e: Evaluation) -> "Result":
        return cls(e.accuracy, summary(name, "test", e.images, e.loss, e.accuracy, e.top5))


def launch(
    spec: Specification,
    graph: Graph,
    out: Path | None,
    progress: Progress,
    *,
    directory: RunDirectory | None,
    resume: bool,
    max_steps: int | None,
    download: bool,
    judges: bool = True,
    follow: Callable[[RunDirectory], Display] | None = None,
) -> Result:
    """Trains in `out` or in the next free directory, or to resume it in that of a run.

    The directory is made when the images are there, and is locked as long as something is written.
    judges: False where the test set is not read, as of runs among which one is chosen. follow:
    gives what shows the steps of a run in that directory, instead of `progress`.
    """
    world = here()
    with ExitStack() as lock:
        if directory:
            lock.enter_context(directory.lock())
        elif resume:
            progress.warn(f"{out or f'{RUNS / spec.name}-N'} is not a run yet: starting at step 0")
        else:
            world.first(lambda: check_free(out))
        resumed = _take_up(spec, graph, directory, progress) if directory else None
        checkpoint = resumed.saved.checkpoint if resumed else None
        if directory and resumed and resumed.saved.checkpoint.progress.finished:
            return _report_finished(directory, resumed.saved, progress)
        if resumed:
            saved = resumed.saved
            spec = world.first(lambda: with_own_start(spec, saved.spec, saved.checkpoint.start))
        start = None if resumed else open_start(spec, graph)
        dataset = together(
            world,
            lambda: load_images(
                spec,
                download=download,
                notify=progress.warn,
                progress=progress.has_bar,
                used=checkpoint.data if checkpoint else None,
            ),
        )
        check_images(world, dataset.name, dataset.digest)
        if uneven := uneven_classes(spec, dataset.classes, dataset.train.labels.tolist()):
            progress.warn(f"warning: {uneven}")
        for warning in start.warnings(graph, dataset.classes) if start else ():
            progress.warn(f"warning: {warning}")
        if directory is None:
            directory = for_all_ranks(lambda: create(out, spec.name))
            lock.enter_context(directory.lock(is_new=True))
        if resumed and resumed.saved.path != directory.last:
            directory.fall_back()  # else the next save would call the damaged file the one before
        if start:
            progress.say(start.text)
        opened = Session.open(spec, graph, dataset, directory, checkpoint, progress.warn, start)
        start = None  # which has a copy of the network
        with closing(progress), closing(opened) as session:
            if resumed:
                former = resumed.saved.spec.train
                if told := new_rate(session, former, resumed.lr_factor):
                    progress.say(told)
            _announce(session, max_steps, progress)
            display = follow(directory) if follow else progress
            if judges:
                found = _judged(session, run(session, display, max_steps), progress)
            else:
                run_without_test(session, display, max_steps)
                _warn_of_stand_in(session.data, "trained on", progress)
                found = Result(nan)
    progress.say(f"saved in {session.directory.path}")
    done = session.progress
    return found._replace(path=directory.path, is_finished=done.finished, best=done.best)


def _judged(session: Session, evaluation: Evaluation, progress: Progress) -> Result:
    """What the test set has shown, after what is to be known of it."""
    _warn_of_stand_in(session.data, "trained and tested on", progress)
    if never := never_predicted("test", session.data.classes, evaluation.confusion.tolist()):
        progress.warn(f"warning: {never}")
    return Result.of(session.data.name, evaluation)


def _take_up(
    spec: Specification, graph: Graph, directory: RunDirectory, progress: Progress
) -> Resumed | None:
    """The state to go on from, if there is one; says what is done otherwise from there on."""
    resumed = resume_run(spec, graph, directory, progress.warn)
    if resumed is None:
        directory.check_begun(complete_configuration(spec, graph))
        progress.warn(f"{directory.path} has no checkpoint yet: starting at step 0")
        return None
    saved, changed, _ = resumed
    done = saved.checkpoint.progress
    if not done.finished:
        if changed:
            progress.say("\n  ".join((f"changed since step {done.step:,}:", *changed)))
        progress.say(f"resuming {directory.path} after step {done.step:,}")
        if told := _other_shards(spec, directory):
            progress.warn(f"warning: {told}")
        if done.rollbacks:
            progress.say(
                f"learning rates are times {done.lr_factor:.3g}, after "
                f"{count(done.rollbacks, 'rollback')}"
            )
        _warn_of_stand_in(saved.checkpoint.data, "this run was trained on", progress)
    return resumed


def _other_shards(spec: Specification, directory: RunDirectory) -> str | None:
    """What to say where other ranks compute a run from here on, so that sums have another order."""
    world = here()
    before = world.first(lambda: earlier_shards(directory))
    now = world.size, spec.train.threads or available_threads()
    if before[0] == now[0] or _shards(*before) == _shards(*now):
        return None
    return (
        f"{_in_words(*before)} computed this run so far, and {_in_words(*now)} from here on: its "
        "bits are others than without the change"
    )


def _shards(ranks: int, threads: int) -> tuple[int, int]:
    """What decides the order of sums: one rank's threads are added as ranks of one thread are."""
    return (ranks * threads, 1) if 1 in (ranks, threads) else (ranks, threads)


def _in_words(ranks: int, threads: int) -> str:
    of_each = count(threads, "thread")
    return of_each if ranks == 1 else f"{count(ranks, 'rank')} of {of_each}"


def _binding(world: World) -> str | None:
    """What to say where mpirun has bound ranks to few cores, of which their threads are counted."""
    launch, cores, own = launch_of(os.environ), parent_cores(), available_threads()
    if world.size == 1 or not launch or launch.by != "mpirun" or not cores:
        return None
    most = cores // world.neighbours
    if own >= most:
        return None
    return (
        f"mpirun has bound each rank to {count(own, 'core')}, and {cores} over "
        f"{count(world.neighbours, 'rank')} are {most}; mpirun --bind-to none lets them have these"
    )


def _warn_of_stand_in(data: DataUsed, doing: str, progress: Progress) -> None:
    """Says so where a run's images are not those that its configuration names."""
    if data.stand_in_for:
        progress.warn(f"warning: {doing} the stand-in {data.name!r}, not on {data.stand_in_for}")


def _report_finished(directory: RunDirectory, saved: SavedRun, progress: Progress) -> Result:
    """Says that nothing is left to do. The test accuracy that was found; NaN: none is recorded."""
    accuracy = directory.test_accuracy()
    judged = "" if isnan(accuracy) else f", test accuracy {accuracy:.4f}"
    done, settings = saved.checkpoint.progress, saved.spec.train
    stop = stop_text(done.watch, settings.early_stopping, settings.epochs)
    why = f"; {stop}" if stop else ""
    progress.warn(f"{directory.path} is finished: {count(done.step, 'step')}{judged}{why}")
    return Result(accuracy, path=directory.path, best=done.best)


def _announce(session: Session, max_steps: int | None, progress: Progress) -> None:
    done, total = session.progress.step, session.total_steps
    threads, world, cores = session.engine.threads, session.engine.world, available_threads()
    last = min(total, max_steps) if max_steps else total
    progress.say(
        f"{session.spec.name}: {count(session.engine.parameters.vector.size, 'parameter')}, "
        f"{session.data.name}, {_in_words(world.size, threads)}, "
        f"in {session.directory.path}"
    )
    if threads > cores:
        progress.warn(
            f"warning: {count(threads, 'thread')} take turns on {count(cores, 'core')}; "
            "--threads sets another number"
        )
    if session.spec.train.threads is None and (bound := _binding(world)):
        progress.warn(f"warning: {bound}")
    if last > done and not progress.quiet:
        seconds, step = estimate(session, last - done)
        images = len(session.train.batch(0, 0))
        progress.say(
            f"estimated time: {duration(seconds)} for {count(last - done, 'step')} "
            f"of {count(images, 'image')}{step.remark(threads, session.spec.file)}"
        )
    progress.start(max(last, done), done)
