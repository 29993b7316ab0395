"""`cnn time`: how long each layer of a network takes, or a step on several numbers of threads."""

from pathlib import Path
from typing import Any

import click

from cnncli.bounds import MAX_THREADS
from cnncli.check.check import check
from cnncli.check.rules import check_memory
from cnncli.machine import available_threads
from cnncli.report.timing.output import timing_json, timing_text
from cnncli.report.timing.thread_counts import comparison_json, comparison_text
from cnncli.training.tools.step_timing import break_down, compare

from .echo import echo, say, show
from .options import (
    AT_LEAST_ONE,
    config_argument,
    kernels_option,
    set_option,
    train_overrides,
    wide_option,
)


class ThreadCounts(click.IntRange):
    """Numbers of threads with commas between them; each once, in their order."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises BadParameter for what is no such number, or too large a one."""
        of_one, parts = super().convert, list[Any](str(value).split(","))
        return tuple(dict.fromkeys(of_one(part, param, ctx) for part in parts))


@click.command("time")
@config_argument
@click.option("--batch", type=AT_LEAST_ONE, help="Images in a step.")
@click.option(
    "--threads",
    "counts",
    type=ThreadCounts(1, MAX_THREADS),
    metavar="NUMBER,...",
    help="Threads that compute; several, as in 1,2, are compared.",
)
@click.option("--steps", type=AT_LEAST_ONE, default=10, show_default=True, help="Steps to time.")
@kernels_option
@click.option("--forward", is_flag=True, help="Evaluate only; do not train.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@set_option
@wide_option
def time_command(
    config: Path,
    batch: int | None,
    counts: tuple[int, ...] | None,
    steps: int,
    kernels: str | None,
    forward: bool,
    as_json: bool,
    overrides: tuple[str, ...],
) -> None:
    """Time the training step of a network, layer by layer.

    The images are noise, so the data set is not needed. Each layer is shown with the median of
    its times forward and backward, its speed, what share that is of a large matrix product's, how
    many bytes it must move, and what share of the memory's bandwidth they take.
    With several numbers of threads, whole steps are timed on each, taking turns.

    \b
    cnn time configs/vgg.yaml
    cnn time configs/vgg.yaml --batch 32 --threads 1 --kernels direct
    cnn time configs/vgg.yaml --forward
    cnn time configs/digits.yaml --threads 1,2
    """
    given = train_overrides(
        batch_size=batch, threads=max(counts) if counts else None, kernels=kernels
    )
    checked = check(config, [*overrides, *given])
    spec, graph = checked.network()
    for problem in checked.problems:
        say(f"warning: {problem}")
    check_memory(spec, graph, spec.train.batch_size)
    counts = counts or (spec.train.threads or available_threads(),)
    title = f"{config}: {spec.name}"
    if len(counts) > 1:
        compared = compare(spec, graph, counts, steps, say, forward=forward)
        if as_json:
            echo(comparison_json(str(config), spec.name, compared))
        else:
            show(comparison_text(title, compared))
        return
    found = break_down(spec, graph, counts[0], steps, say, forward=forward)
    if as_json:
        echo(timing_json(str(config), spec.name, found))
    else:
        show(timing_text(title, found))
