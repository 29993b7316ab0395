"""`cnn graph`: a network as a drawing."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from cnncli.check.check import check
from cnncli.errors import UsageError
from cnncli.report.drawing.boxes import Box, boxes
from cnncli.report.drawing.markup import dot, mermaid
from cnncli.report.drawing.terminal import text
from cnncli.report.layout.words import can_take

from .echo import echo, say_problems, show
from .options import config_argument, set_option, wide_option

FORMATS: dict[str, Callable[[str, Sequence[Box]], str]] = {
    "text": lambda _, boxes: text(boxes, ascii_only=not can_take(sys.stdout, "●─┼╯")),
    "mermaid": lambda _, boxes: mermaid(boxes),
    "dot": dot,
}


@click.command()
@config_argument
@click.option(
    "--format",
    "style",
    type=click.Choice(list(FORMATS)),
    default="text",
    help="How it is drawn; without it, as text.",
)
@set_option
@wide_option
def graph(config: Path, style: str, overrides: tuple[str, ...]) -> None:
    """Draw a network with its branches and blocks.

    The text shows which layers each one reads; mermaid is a chart for Markdown pages, and dot is
    for Graphviz. A network with errors is drawn as far as it is known, with exit status 2.

    \b
    cnn graph configs/vgg.yaml
    cnn graph configs/vgg.yaml --format dot | dot -Tsvg -o vgg.svg
    """
    checked = check(config, overrides)
    if checked.spec and checked.graph and checked.spec.layers:
        drawn = FORMATS[style](checked.spec.name, boxes(checked.spec, checked.graph))
        (show if style == "text" else echo)(drawn)
    if checked.problems:
        say_problems(checked.problems)
    if not checked.valid:
        raise click.exceptions.Exit(UsageError.exit_status)
