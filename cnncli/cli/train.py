"""`cnn train`: trains the network of a configuration and keeps what it learned."""

import sys
from math import isnan
from pathlib import Path

import click

from cnncli.api.network import Network
from cnncli.config.source_text.dump import flow
from cnncli.engine.parallel.world import here
from cnncli.errors import Interrupted, TargetMissed, UsageError
from cnncli.report.layout import words
from cnncli.report.loss_curve import loss_curve
from cnncli.report.progress import Progress
from cnncli.report.terminal_chart import signs_of
from cnncli.runs.sets.job import JobProgress, end_with_parent
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.tools.preview import preview as run_preview

from .echo import notice_line, say, show
from .next_step import next_step
from .options import (
    AT_LEAST_ONE,
    PATH,
    Seeds,
    config_argument,
    folds_option,
    jobs_option,
    kernels_option,
    seed_option,
    seeds_option,
    set_option,
    threads_option,
    train_overrides,
    wide_option,
)
from .ranks import over_ranks
from .styles import title
from .train_set import train_set


@click.command()
@config_argument
@click.option("--out", type=PATH, help="The run's directory.")
@set_option
@click.option("--start", type=PATH, help="A run or checkpoint to begin with, where arrays fit.")
@click.option("--epochs", type=AT_LEAST_ONE, help="Passes over the training set.")
@click.option("--max-steps", type=AT_LEAST_ONE, help="End after this step at the latest.")
@seed_option
@seeds_option
@folds_option
@jobs_option
@threads_option
@kernels_option
@click.option("--resume", is_flag=True, help="Go on with --out, or the newest run of that name.")
@click.option(
    "--min-accuracy",
    type=click.FloatRange(0, 1),
    help="Exit with 1 if the test accuracy, a fraction, is below.",
)
@click.option("--report", is_flag=True, help="Write a page about the run: RUN/report.html.")
@click.option("--smoke", is_flag=True, help="A few steps of everything, for build servers.")
@click.option(
    "--preview",
    is_flag=True,
    help="Show the learning rate by epoch and the time; read no image, train nothing.",
)
@click.option("--no-download", is_flag=True, help="Do not fetch a missing data set.")
@click.option("--quiet", is_flag=True, help="Say nothing but warnings and the result.")
@click.option("--no-progress", is_flag=True, help="Lines instead of a progress bar.")
@wide_option
@click.option("--job", type=click.Choice(["seed", "fold"]), hidden=True)
@click.pass_context
@over_ranks
def train(
    ctx: click.Context,
    config: Path,
    out: Path | None,
    overrides: tuple[str, ...],
    start: Path | None,
    epochs: int | None,
    max_steps: int | None,
    seed: int | None,
    seeds: Seeds | None,
    folds: int | None,
    jobs: int | None,
    threads: int | None,
    kernels: str | None,
    resume: bool,
    min_accuracy: float | None,
    report: bool,
    smoke: bool,
    preview: bool,
    no_download: bool,
    quiet: bool,
    no_progress: bool,
    job: str | None,
) -> None:
    """Train the network that CONFIG describes.

    The run is kept in runs/NAME-N: its configuration, metrics and checkpoints. Ctrl-C ends it
    after the current step; --resume goes on from there.

    \b
    cnn train configs/cifar.yaml
    cnn train configs/cifar.yaml --epochs 20 --set train.optimizer.lr=0.1
    cnn train configs/cifar.yaml --start runs/other-1
    cnn train configs/cifar.yaml --report
    cnn train configs/cifar.yaml --seeds 0-4 --jobs 2
    cnn train configs/cifar.yaml --folds 5
    cnn train configs/cifar.yaml --smoke
    cnn train configs/cifar.yaml --preview
    """
    if smoke and resume:
        raise UsageError("--smoke is a run of its own: it cannot be combined with --resume")
    if preview and (smoke or resume):
        raise UsageError("--preview trains nothing: it goes neither with --smoke nor with --resume")
    if report and (smoke or preview):
        raise UsageError(
            "--report is of a run that stays: it goes neither with --smoke nor with --preview"
        )
    begin = {"start.run": flow(str(start))} if start else {}
    flags = train_overrides(**begin, epochs=epochs, seed=seed, threads=threads, kernels=kernels)
    given = [*overrides, *flags]
    if seeds or folds:
        train_set(ctx, given)
        return
    if jobs:
        raise UsageError("--jobs is of several runs; give --seeds or --folds too")
    if job:
        end_with_parent()
    network = Network.unchecked(config, given)
    progress = (
        JobProgress(quiet=quiet)
        if job
        else Progress(quiet=quiet, bar=not no_progress, form=notice_line)
    )
    download = not no_download
    if preview:
        checked = network.check(needs_data=True)
        spec, graph = checked.trainable()
        for problem in checked.problems:
            progress.warn(f"warning: {problem}")
        show(
            here().first(lambda: run_preview(spec, graph, download=download, notify=progress.warn))
        )
        return
    try:
        result = network.launch(
            progress,
            out=out,
            max_steps=max_steps,
            resume=resume,
            download=download,
            smoke=smoke,
            report=report,
            judges=job != "fold",
        )
    except Interrupted as error:
        if quiet or job or error.run is None:
            raise
        step = next_step(ctx, error.run, is_finished=False)
        raise Interrupted(f"{error}\n{step}".rstrip(), error.signal_number, error.run) from None
    finally:
        progress.close()
    if job:
        if result.text:
            progress.say(result.text)
        return
    if result.path and not quiet and (most := words.columns(sys.stderr)):
        _draw(result.path, most)
    if result.text:
        show(result.text)
    if result.path and (
        step := next_step(ctx, result.path, is_finished=result.is_finished, max_steps=None)
    ):
        progress.say(step)
    if min_accuracy is None:
        return
    if isnan(result.accuracy):
        raise UsageError("no test accuracy is recorded to compare with; `cnn eval` judges a run")
    if not result.accuracy >= min_accuracy:  # nor where it is compared with NaN
        raise TargetMissed(
            f"the test accuracy {result.accuracy:.4f} is below --min-accuracy {min_accuracy:g}"
        )


def _draw(run: Path, columns: int) -> None:
    """The loss of the whole run, be it resumed."""
    if curve := loss_curve(RunDirectory(run).lines(), signs_of(sys.stderr.encoding), columns):
        say(curve, title)
