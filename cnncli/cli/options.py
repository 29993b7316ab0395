"""Options that several commands share."""

from pathlib import Path

import click

PATH = click.Path(path_type=Path, readable=False)
"""A path that whoever opens it judges."""

set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a value of the configuration, like train.optimizer.lr=0.1. Repeatable.",
)
