"""Options that several commands share."""

import click

from cnncli.text import ForeignPath

AT_LEAST_ONE = click.IntRange(min=1)
PATH = click.Path(path_type=ForeignPath, readable=False)
"""A path that whoever opens it judges."""

kernels_option = click.option(
    "--kernels",
    type=click.Choice(["auto", "direct", "winograd", "measured"]),
    help="How convolutions are computed.",
)
seed_option = click.option("--seed", type=click.IntRange(min=0), help="Of every random choice.")
threads_option = click.option("--threads", type=AT_LEAST_ONE, help="Threads that compute.")
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Set a value of the configuration, like train.optimizer.lr=0.1. Repeatable.",
)


def train_overrides(**flags: object) -> list[str]:
    """Options of a command that set values of the train section, as overrides."""
    return [f"train.{name}={value}" for name, value in flags.items() if value is not None]
