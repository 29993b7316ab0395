"""`cnn gradcheck`: proves that gradients are the derivatives of what is computed."""

import sys
from pathlib import Path

import click

from cnncli.api.network import Network
from cnncli.engine.differences.central import AGREEMENT, TOLERANCE
from cnncli.errors import TargetMissed
from cnncli.report.gradient_errors import ErrorLines, missed_text

from .echo import columns_of, echo, say, show
from .options import (
    config_argument,
    kernels_option,
    seed_option,
    set_option,
    train_overrides,
    wide_option,
)
from .styles import headings


def _judge(ctx: click.Context, param: click.Parameter, value: float) -> float:
    """Raises BadParameter for what the range lets through: nan is not outside of it."""
    if value != value:
        raise click.BadParameter("nan is no number")
    return value


@click.command("gradcheck")
@config_argument
@click.option(
    "--tolerance",
    type=click.FloatRange(AGREEMENT, 1),
    default=TOLERANCE,
    show_default=True,
    callback=_judge,
    help="The largest relative error that is let through.",
)
@click.option("--all", "everything", is_flag=True, help="Look at every number, not at some.")
@kernels_option
@seed_option
@set_option
@wide_option
def gradcheck(
    config: Path,
    tolerance: float,
    everything: bool,
    kernels: str | None,
    seed: int | None,
    overrides: tuple[str, ...],
) -> None:
    """Compare the gradients of CONFIG with central differences, in float64.

    First each layer by itself, its inputs and its parameters, on numbers that are drawn; then the
    parameters of the whole network under its loss. The images are noise, so the data set is not
    needed. A line is shown for each, with the worst relative error and its place, like
    conv1.W[0,1,2,3]. Numbers at a kink (RELU at 0, two equal maxima of a POOL), where the
    differences to both sides disagree, have no derivative: they are counted and left out. Of each
    array some numbers are looked at, --all for every one. Exits with 1 where an error is over the
    tolerance.

    \b
    cnn gradcheck configs/digits.yaml
    cnn gradcheck configs/cifar.yaml --kernels direct --seed 1
    """
    given = train_overrides(kernels=kernels, seed=seed)
    network = Network(config, set=[*overrides, *given])
    graph = network.graph
    for problem in network.problems:
        say(f"warning: {problem}")
    lines = ErrorLines(graph, columns_of(sys.stdout))
    show(f"{config}: {network.name}, gradients beside central differences\n")
    echo(lines.heading, headings)
    found = network.gradcheck(
        everything=everything, each=lambda finding: list(map(echo, lines.of(finding)))
    )
    for note in lines.notes():
        echo(note)
    if wrong := found.wrong(tolerance):
        raise TargetMissed(
            f"{config}: a gradient is off by more than {tolerance:g}:\n{missed_text(wrong)}"
        )
