"""`cnn train`: trains the network of a configuration and keeps what it learned."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from math import isnan
from pathlib import Path

import click

from cnncli.check.preparation import images, trainable_graph
from cnncli.config.load import load
from cnncli.config.specification import Specification
from cnncli.datasets.dataset import Dataset
from cnncli.errors import TargetMissed, UsageError
from cnncli.files import temporary_folder
from cnncli.graph.network import Graph
from cnncli.machine import available_threads
from cnncli.report.evaluation import summary
from cnncli.report.preview import preview_text
from cnncli.report.progress import Progress, duration
from cnncli.text import count
from cnncli.training.evaluate import Evaluation
from cnncli.training.run import run
from cnncli.training.session import Session
from cnncli.training.storage.directory import RUNS, RunDirectory, check_free, create, find
from cnncli.training.storage.resume import check_same_data
from cnncli.training.storage.resuming import taken_up, warn_of_stand_in
from cnncli.training.tools.preview import estimated_seconds, timetable
from cnncli.training.tools.smoke import few_images
from cnncli.training.tools.smoke import smoke as run_smoke

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
        accuracy = (
            _smoke(spec, graph, out, progress)
            if smoke
            else _train(spec, graph, out, resume, max_steps, not no_download, progress)
        )
    finally:
        progress.close()
    if min_accuracy is None:
        return
    if isnan(accuracy):
        raise UsageError("no test accuracy is recorded to compare with; `cnn eval` judges a run")
    if not accuracy >= min_accuracy:  # nor where it is compared with NaN
        raise TargetMissed(
            f"the test accuracy {accuracy:.4f} is below --min-accuracy {min_accuracy:g}"
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
) -> float:
    """A whole run, from its beginning or from a checkpoint. Its test accuracy."""
    with ExitStack() as lock:
        directory = find(out, spec.name) if resume else None
        if directory:
            lock.enter_context(directory.locked())
        elif resume:
            progress.warn(f"{out or f'{RUNS / spec.name}-N'} is no run yet: starting at step 0")
        else:
            check_free(out)
        checkpoint, is_former = None, False
        if directory:
            checkpoint, is_former = taken_up(spec, graph, directory, progress)
            if checkpoint and checkpoint.progress.finished:
                return _finished(directory, checkpoint.progress.step, progress)
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
            lock.enter_context(directory.locked())
        if is_former:  # else the next save would call the damaged file the one before
            directory.fall_back()
        session = Session.open(spec, graph, dataset, directory, checkpoint)
        try:
            _announce(session, max_steps, progress)
            evaluation = run(session, progress, max_steps)
        finally:
            session.close()
            progress.close()
    _conclude(session, evaluation, progress)
    return evaluation.accuracy


def _finished(directory: RunDirectory, step: int, progress: Progress) -> float:
    """Says that nothing is left to do. The test accuracy that was found; NaN: none is recorded."""
    accuracy = directory.test_accuracy()
    judged = "" if isnan(accuracy) else f", test accuracy {accuracy:.4f}"
    progress.warn(f"{directory.path} is finished: {count(step, 'step')}{judged}")
    return accuracy


def _announce(session: Session, max_steps: int | None, progress: Progress) -> None:
    """What will be done, and how long it will take."""
    done, total = session.progress.step, session.total_steps
    threads, cores = session.engine.threads, available_threads()
    last = min(total, max_steps) if max_steps else total
    progress.say(
        f"{session.spec.name}: {count(session.engine.parameters.vector.size, 'parameter')}, "
        f"{session.data.name}, {count(threads, 'thread')}, "
        f"in {session.directory.path}"
    )
    if threads > cores:
        progress.warn(
            f"warning: {count(threads, 'thread')} take turns on {count(cores, 'core')}; "
            "--threads sets another number"
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
    warn_of_stand_in(session.data, "trained and tested on", progress)
    progress.say(f"saved in {session.directory.path}")
    click.echo(_summary(session.data.name, evaluation))


def _summary(name: str, evaluation: Evaluation) -> str:
    return summary(
        name, "test", evaluation.images, evaluation.loss, evaluation.accuracy, evaluation.top5
    )


def _smoke(spec: Specification, graph: Graph, out: Path | None, progress: Progress) -> float:
    """The smoke run, in a directory that is thrown away unless --out names one."""
    dataset = few_images(spec, graph)
    with _directory(out, spec.name) as directory:
        evaluation = run_smoke(spec, graph, dataset, directory, progress)
    click.echo(f"smoke run of {spec.name}: {_summary(_few(dataset), evaluation)}")
    return evaluation.accuracy


def _few(dataset: Dataset) -> str:
    """What a smoke run used, with the set that it stood in for."""
    asked = f", the stand-in for {dataset.stand_in_for}" if dataset.stand_in_for else ""
    return f"a few images of {dataset.name}{asked}"


@contextmanager
def _directory(out: Path | None, name: str) -> Iterator[RunDirectory]:
    if out is not None:
        directory = create(out, name)
        with directory.locked():
            yield directory
        return
    with temporary_folder() as folder:
        yield RunDirectory(folder, stays=False)
