"""`cnn init`: a configuration to begin with."""

import os
from pathlib import Path

import click

from cnncli.check.check import check_text
from cnncli.errors import UsageError
from cnncli.files import write_whole
from cnncli.graph.costs.totals import totals
from cnncli.starter.choice import choose
from cnncli.starter.configuration import configuration
from cnncli.starter.survey import survey
from cnncli.text import ForeignPath, in_shell

from .echo import say, show
from .options import NAME, PATH, judge_output

SUFFIXES = (".yaml", ".yml")


@click.command("init")
@click.argument("name", metavar="[NAME]", type=PATH, required=False)
@click.option(
    "--data",
    "data",
    type=NAME,
    metavar="FOLDER",
    default="digits",
    show_default=True,
    help="A folder of images, an .npz file, or the name of a set.",
)
@click.option("--force", is_flag=True, help="Replace the file.")
def init(name: Path | None, data: str, force: bool) -> None:
    """Write NAME.yaml: a network for the images, with comments, ready to be trained.

    The size and the number of the images decide on the network and on how long it is trained.
    Without NAME the file is called after the images.

    \b
    cnn init
    cnn init flowers --data pictures/flowers
    cnn init --data cifar10
    """
    images = ForeignPath(os.path.basename(os.path.abspath(data)))
    given = name or (images.with_suffix("") if images.suffix.lower() == ".npz" else images)
    if not given.name:
        raise UsageError(f"{given}: names no file; give the configuration a name")
    file = given if given.suffix in SUFFIXES else given.parent / f"{given.name}.yaml"
    out = judge_output(file, force)
    found = survey(data, say)
    choice = choose(found)
    text = configuration(found, choice, file)
    _, graph = check_text(text, file, needs_data=True).network()
    write_whole(out.path, text.encode(), replace=out.replace, notify=say)
    show(
        f"{file}: {found.images:,} images of {choice.size} in {len(found.counts)} classes, "
        f"{totals(graph).parameters:,} parameters, {choice.epochs} epochs"
    )
    say(f"next: cnn train {in_shell(file)}")
