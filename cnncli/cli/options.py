"""Options that several commands share."""

import click

set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a value of the configuration, like train.optimizer.lr=0.1. Repeatable.",
)
