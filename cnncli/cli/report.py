"""`cnn report`: a run, or a configuration, as one page to look at."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from cnncli.api.network import Network
from cnncli.api.page import write_begun
from cnncli.api.run import Run
from cnncli.errors import UsageError
from cnncli.text import ForeignPath, join_words
from cnncli.training.storage.directory import RunDirectory

from .echo import echo, say
from .options import PATH, threads_option


@click.command("report")
@click.argument("subject", metavar="RUN_OR_CONFIG", type=PATH)
@click.option("--out", type=PATH, help="The page; without it, report.html in the run.")
@click.option("--force", is_flag=True, help="Replace what is there, whatever it is.")
@click.option(
    "--with",
    "beside",
    multiple=True,
    metavar="RUN",
    type=PATH,
    help="Another run, whose curves stand beside. Repeatable.",
)
@click.option(
    "--image",
    "own",
    multiple=True,
    metavar="FILE",
    type=PATH,
    help="An image of yours to look at. Repeatable.",
)
@click.option(
    "--live",
    is_flag=True,
    help="Put the network itself into the page, to draw for; of at most 1,000,000 parameters.",
)
@click.option("--figures", metavar="FOLDER", type=PATH, help="Write the figures as files too.")
@threads_option
def report(
    subject: Path,
    out: Path | None,
    force: bool,
    beside: tuple[Path, ...],
    own: tuple[Path, ...],
    live: bool,
    figures: Path | None,
    threads: int | None,
) -> None:
    """Write a page that shows a run, or a network that is not trained yet.

    The page needs nothing but a browser. It shows the curves, the network, what its layers make of
    an image, its filters, its mistakes, its health, and what a convolution does step by step.

    \b
    cnn report runs/digits-1
    cnn report runs/digits-2 --with runs/digits-1 --out both.html
    cnn report configs/vgg16.yaml --figures slides
    """
    given = {"--with": beside, "--image": own, "--live": live}
    directory = RunDirectory(subject)
    if directory.has_begun_only:
        refuse(subject, given, ("--image", "--live"), "only of a run with a checkpoint")
        written = write_begun(directory, out, beside, figures, force=force, notify=say)
    elif os.path.isdir(subject) or subject.suffix == ".safetensors":
        written = Run(subject, threads=threads, notify=say).report(
            out, beside=beside, images=own, live=live, figures=figures, force=force
        )
    else:
        refuse(subject, given, given, "only of a run; name its folder")
        written = Network(subject).report(out, figures=figures, force=force)
    echo(f"{ForeignPath(written)}")


def refuse(subject: Path, given: Mapping[str, object], options: Iterable[str], why: str) -> None:
    """Raises UsageError where one of these options is given."""
    if refused := [name for name in options if given[name]]:
        raise UsageError(f"{subject}: {join_words(refused)}: {why}")
