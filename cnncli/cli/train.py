"""`cnn train`: trains the network of a configuration and keeps what it learned."""

from math import isnan
from pathlib import Path

import click

from cnncli.check.check import check
from cnncli.config.source_text.dump import flow
from cnncli.errors import TargetMissed, UsageError
from cnncli.report.progress import Progress
from cnncli.training.storage.resume import load_images
from cnncli.training.tools.launch import launch
from cnncli.training.tools.preview import preview as run_preview
from cnncli.training.tools.smoke import smoke_run

from .echo import echo
from .options import (
    AT_LEAST_ONE,
    PATH,
    kernels_option,
    seed_option,
    set_option,
    threads_option,
    train_overrides,
)


@click.command()
@click.argument("config", type=PATH)
@click.option("--out", type=PATH, help="The run's directory.")
@set_option
@click.option("--start", type=PATH, help="A run or checkpoint to begin with, where arrays fit.")
@click.option("--epochs", type=AT_LEAST_ONE, help="Passes over the training set.")
@click.option("--max-steps", type=AT_LEAST_ONE, help="End after this step at the latest.")
@seed_option
@threads_option
@kernels_option
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
    start: Path | None,
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
    cnn train configs/cifar.yaml --start runs/other-1
    cnn train configs/cifar.yaml --smoke
    cnn train configs/cifar.yaml --preview
    """
    if smoke and resume:
        raise UsageError("--smoke is a run of its own: it cannot be combined with --resume")
    if preview and (smoke or resume):
        raise UsageError("--preview trains nothing: it goes neither with --smoke nor with --resume")
    begin = {"start.run": flow(str(start))} if start else {}
    given = train_overrides(**begin, epochs=epochs, seed=seed, threads=threads, kernels=kernels)
    checked = check(config, [*overrides, *given], needs_data=not smoke)
    spec, graph = checked.trainable()
    progress = Progress(quiet=quiet, bar=not no_progress)
    for problem in checked.problems:
        progress.warn(f"warning: {problem}")
    download = not no_download
    if preview:
        dataset = load_images(
            spec, download=download, notify=progress.warn, progress=progress.has_bar
        )
        echo(run_preview(spec, graph, dataset))
        return
    try:
        result = (
            smoke_run(spec, graph, out, progress)
            if smoke
            else launch(
                spec, graph, out, progress, resume=resume, max_steps=max_steps, download=download
            )
        )
    finally:
        progress.close()
    if result.text:
        echo(result.text)
    if min_accuracy is None:
        return
    if isnan(result.accuracy):
        raise UsageError("no test accuracy is recorded to compare with; `cnn eval` judges a run")
    if not result.accuracy >= min_accuracy:  # nor where it is compared with NaN
        raise TargetMissed(
            f"the test accuracy {result.accuracy:.4f} is below --min-accuracy {min_accuracy:g}"
        )
