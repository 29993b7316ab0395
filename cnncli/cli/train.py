"""`cnn train`: trains the network of a configuration and keeps what it learned."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from cnncli.data.dataset import Dataset
from cnncli.errors import CheckpointError, TargetMissed, UsageError
from cnncli.graph.network import Graph
from cnncli.report.evaluation import summary
from cnncli.report.preview import preview_text
from cnncli.report.progress import Progress, duration
from cnncli.report.units import count
from cnncli.spec.load import load, load_text
from cnncli.spec.specification import Specification
from cnncli.training.checkpoint import Checkpoint, DataUsed
from cnncli.training.estimate import estimated_seconds
from cnncli.training.evaluate import Evaluation
from cnncli.training.lock import locked
from cnncli.training.preparation import images, recorded_network, trainable_graph
from cnncli.training.resume import changes, check_same_data, check_unchanged
from cnncli.training.run import run
from cnncli.training.run_directory import RUNS, RunDirectory, check_free, create, find
from cnncli.training.sealed import DamagedError
from cnncli.training.session import Session, resolved
from cnncli.training.smoke import few_images
from cnncli.training.smoke import smoke as run_smoke
from cnncli.training.timetable import timetable

from .options import PATH, set_option

AT_LEAST_ONE = click.IntRange(min=1)


@click.command()
@click.argument("config", type=PATH)
@click.option("--out", type=PATH, help="The run's directory.")
@set_option
@click.option("--epochs", type=AT_LEAST_ONE, help="Passes over the training set.")
@click.option("--max-steps", type=AT_LEAST_ONE, help="End after this step at the latest.")
@click.option("--seed", type=click.IntRange(min=0), help="Of every random choice.")
@click.option("--threads", type=AT_LEAST_ONE, help="Threads that compute.")
@click.option(
    "--kernels",
    type=click.Choice(["auto", "direct", "winograd", "measured"]),
    help="How convolutions are computed.",
)
@click.option("--resume", is_flag=True, help="Go on with --out, or the newest run of that name.")
@click.option(
    "--min-accuracy",
    type=click.FloatRange(0, 1),
    help="Exit with 1 if the test accuracy, a fraction, is below.",
)
@click.option("--smoke", is_flag=True, help="A few steps of everything, for build servers.")
@click.option("--preview", is_flag=True, help="Show the learning rate by epoch; train nothing.")
@click.option("--no-download", is_flag=True, help="Do not fetch a missing data set.")
@click.option("--quiet", is_flag=True, help="Say nothing but warnings and the result.")
@click.option("--no-progress", is_flag=True, help="Lines instead of a progress bar.")
def train(
    config: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    epochs: int | None,
    max_steps: int | None,
    seed: int | None,
    threads: int | None,
    kernels: str | None,
    resume: bool,
    min_accuracy: float | None,
    smoke: bool,
    preview: bool,
    no_download: bool,
    quiet: bool,
    no_progress: bool,
) -> None:
    """Train the network that CONFIG describes.

    The run is kept in runs/NAME-N: its configuration, metrics and checkpoints. Ctrl-C ends it
    after the current step; --resume goes on from there.

    \b
    cnn train configs/cifar.yaml
    cnn train configs/cifar.yaml --epochs 20 --set train.optimizer.lr=0.1
    cnn train configs/cifar.yaml --smoke
    cnn train configs/cifar.yaml --preview
    """
    if smoke and resume:
        raise UsageError("--smoke is a run of its own: it can not be combined with --resume")
    if preview and (smoke or resume):
        raise UsageError("--preview trains nothing: it goes neither with --smoke nor with --resume")
    flags = {"epochs": epochs, "seed": seed, "threads": threads, "kernels": kernels}
    given = [f"train.{name}={value}" for name, value in flags.items() if value is not None]
    spec = load(config, [*overrides, *given])
    progress = Progress(quiet=quiet, bar=not no_progress)
    graph = trainable_graph(spec, needs_data=not smoke)
    for problem in graph.problems:
        progress.warn(f"warning: {problem}")
    if preview:
        _preview(spec, graph, not no_download, progress)
        return
    try:
        evaluation = (
            _smoke(spec, graph, out, progress)
            if smoke
            else _train(spec, graph, out, resume, max_steps, not no_download, progress)
        )
    finally:
        progress.close()
    if evaluation and min_accuracy is not None and not evaluation.accuracy >= min_accuracy:
        raise TargetMissed(
            f"the test accuracy {evaluation.accuracy:.4f} is below --min-accuracy {min_accuracy:g}"
        )


def _preview(spec: Specification, graph: Graph, download: bool, progress: Progress) -> None:
    """What the run would do, epoch by epoch, and how long it would take."""
    dataset = images(
        spec, download=download, notify=progress.warn, progress=progress.has_bar, used=None
    )
    session = Session.open(spec, graph, dataset, RunDirectory(RUNS / spec.name))
    try:
        seconds = estimated_seconds(session, session.total_steps)
        each, threads = len(session.train.batch(0, 0)), session.engine.threads
        click.echo(preview_text(tuple(timetable(session))))
    finally:
        session.close()
    click.echo(
        f"\n{count(session.total_steps, 'step')} of {count(each, 'image')}: "
        f"about {duration(seconds)} on {count(threads, 'thread')}"
    )


def _train(
    spec: Specification,
    graph: Graph,
    out: Path | None,
    resume: bool,
    max_steps: int | None,
    download: bool,
    progress: Progress,
) -> Evaluation | None:
    """A whole run, from its beginning or from a checkpoint; None if it was finished before."""
    with ExitStack() as lock:
        directory = find(out, spec.name) if resume else None
        if directory:
            lock.enter_context(locked(directory.path))
        elif resume:
            progress.warn(f"{out or f'{RUNS / spec.name}-N'} is no run yet: starting at step 0")
        else:
            check_free(out)
        checkpoint = _checkpoint(spec, graph, directory, progress) if directory else None
        if directory and checkpoint:
            done = checkpoint.progress
            if done.finished and not _has_more_epochs(spec, checkpoint):
                progress.warn(f"{directory.path} is finished: {count(done.step, 'step')}")
                return None
            done.finished = False
            progress.say(f"resuming {directory.path} behind step {done.step:,}")
            _warn_of_stand_in(checkpoint.data, "this run was trained on", progress)
        dataset = images(
            spec,
            download=download,
            notify=progress.warn,
            progress=progress.has_bar,
            used=checkpoint.data if checkpoint else None,
        )
        if checkpoint:
            check_same_data(dataset, checkpoint.data)
        if directory is None:
            directory = create(out, spec.name)
            lock.enter_context(locked(directory.path))
        session = Session.open(spec, graph, dataset, directory, checkpoint)
        try:
            _announce(session, max_steps, progress)
            evaluation = run(session, progress, max_steps)
        finally:
            session.close()
            progress.close()
    _conclude(session, evaluation, progress)
    return evaluation


def _has_more_epochs(spec: Specification, checkpoint: Checkpoint) -> bool:
    """More epochs than before make a finished run unfinished, unless it was stopped early."""
    before = load_text(checkpoint.config, Path("the checkpoint")).train.epochs
    return spec.train.epochs > before and not checkpoint.progress.watch.stopped


def _warn_of_stand_in(data: DataUsed, doing: str, progress: Progress) -> None:
    if data.stand_in_for:
        progress.warn(f"warning: {doing} the stand-in {data.name!r}, not on {data.stand_in_for}")


def _checkpoint(
    spec: Specification, graph: Graph, directory: RunDirectory, progress: Progress
) -> Checkpoint | None:
    """The state to go on from, if the configuration still is that of the run."""
    if not any(map(os.path.exists, (directory.last, directory.previous))):
        progress.warn(f"{directory.path} has no checkpoint yet: starting at step 0")
        return None
    checkpoint = _newest(directory, progress)
    old, was = recorded_network(checkpoint, directory.last)
    check_unchanged(spec, graph, old, was)
    if changed := changes(load_text(resolved(spec, graph), directory.config), old):
        progress.say("\n  ".join((f"changed since step {checkpoint.progress.step:,}:", *changed)))
    return checkpoint


def _newest(directory: RunDirectory, progress: Progress) -> Checkpoint:
    """The last checkpoint, or where that is damaged or gone the one before."""
    try:
        return Checkpoint.load(directory.last)
    except CheckpointError as error:
        is_lost = isinstance(error, DamagedError) or not os.path.exists(directory.last)
        if not is_lost or not os.path.exists(directory.previous):
            raise
        checkpoint = Checkpoint.load(directory.previous)
        progress.warn(f"warning: {error}\nwarning: going on from {directory.previous} instead")
        # else the next save would call the damaged file the one before
        directory.fall_back()
        return checkpoint


def _announce(session: Session, max_steps: int | None, progress: Progress) -> None:
    """What will be done, and how long it will take."""
    done, total = session.progress.step, session.total_steps
    last = min(total, max_steps) if max_steps else total
    progress.say(
        f"{session.spec.name}: {count(session.engine.parameters.vector.size, 'parameter')}, "
        f"{session.data.name}, {count(session.engine.threads, 'thread')}, "
        f"in {session.directory.path}"
    )
    if last > done and not progress.quiet:
        seconds = estimated_seconds(session, last - done)
        images_each = len(session.train.batch(0, 0))
        progress.say(
            f"estimated time: {duration(seconds)} for {count(last - done, 'step')} "
            f"of {count(images_each, 'image')}"
        )
    progress.start(max(last, done), done)


def _conclude(session: Session, evaluation: Evaluation, progress: Progress) -> None:
    """The result, to standard output."""
    _warn_of_stand_in(session.data, "trained and tested on", progress)
    progress.say(f"saved in {session.directory.path}")
    click.echo(_summary(session.data.name, evaluation))


def _summary(name: str, evaluation: Evaluation) -> str:
    return summary(
        name, "test", evaluation.images, evaluation.loss, evaluation.accuracy, evaluation.top5
    )


def _smoke(spec: Specification, graph: Graph, out: Path | None, progress: Progress) -> Evaluation:
    """The smoke run, in a directory that is thrown away unless --out names one."""
    dataset = few_images(spec, graph)
    with _directory(out, spec.name) as directory:
        evaluation = run_smoke(spec, graph, dataset, directory, progress)
    click.echo(f"smoke run of {spec.name}: {_summary(_few(dataset), evaluation)}")
    return evaluation


def _few(dataset: Dataset) -> str:
    """What a smoke run used, with the set that it stood in for."""
    asked = f", the stand-in for {dataset.stand_in_for}" if dataset.stand_in_for else ""
    return f"a few images of {dataset.name}{asked}"


@contextmanager
def _directory(out: Path | None, name: str) -> Iterator[RunDirectory]:
    if out is not None:
        directory = create(out, name)
        with locked(directory.path):
            yield directory
        return
    with tempfile.TemporaryDirectory() as folder:
        yield RunDirectory(Path(folder), stays=False)
