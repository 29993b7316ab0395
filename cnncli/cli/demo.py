"""`cnn demo`: what a convolution and a pooling do, as a page to look at."""

from pathlib import Path

import click

from cnncli.api.page import write
from cnncli.text import ForeignPath

from .echo import echo
from .options import PATH


@click.command("demo")
@click.option("--out", type=PATH, default="convolution.html", show_default=True, help="The page.")
@click.option("--force", is_flag=True, help="Replace what is there, whatever it is.")
@click.option("--figures", metavar="FOLDER", type=PATH, help="Write the figures as files too.")
def demo(out: Path, force: bool, figures: Path | None) -> None:
    """Write a page that shows a convolution and a pooling step by step.

    It needs no run and no data, and nothing but a browser. A page that `cnn` wrote before is
    replaced.

    \b
    cnn demo
    cnn demo --out lesson.html --figures slides
    """
    echo(f"{ForeignPath(write(None, out, figures, force=force))}")
