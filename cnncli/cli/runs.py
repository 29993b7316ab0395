"""`cnn runs`: runs beside each other."""

from collections.abc import Sequence
from pathlib import Path

import click

from cnncli.errors import UsageError
from cnncli.runs.collection import Collection
from cnncli.runs.conditions import chosen, find_key
from cnncli.runs.run_table import (
    as_text,
    csv_lines,
    in_order,
    json_lines,
    known_keys,
    usual_columns,
)
from cnncli.text import count, printable
from cnncli.training.storage.directory import RUNS

from .completers import run_columns
from .echo import echo, say, show
from .options import PATH, wide_option

_FORMATS = ("text", "csv", "json")


@click.command()
@click.option(
    "--in",
    "folder",
    type=PATH,
    metavar="FOLDER",
    default=RUNS,
    help="Where they are, also deep below; without it, runs.",
)
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Only those of which it is so, like 'train.optimizer.lr > 0.01'. Repeatable.",
)
@click.option(
    "--sort",
    metavar="COLUMN",
    shell_complete=run_columns,
    help="Order them by it; -COLUMN: the largest first.",
)
@click.option(
    "--columns",
    metavar="NAMES",
    shell_complete=run_columns,
    help="What to show of each, as name,lr,test_accuracy.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(_FORMATS),
    default="text",
    help="How they are written; without it, as text.",
)
@click.option("--json", "as_json", is_flag=True, help="Short for --format json.")
@wide_option
def runs(
    folder: Path,
    conditions: tuple[str, ...],
    sort: str | None,
    columns: str | None,
    style: str,
    as_json: bool,
) -> None:
    """Show runs beside each other: what differs in their configurations, and what came of it.

    CONDITION compares a column or a key of the configuration with <, <=, =, !=, >, >=, or by ~ with
    a text that is in it; `and` joins several. A key may be short for the one that ends so.

    \b
    cnn runs
    cnn runs --where 'lr > 0.01 and state = finished' --sort -test_accuracy
    cnn runs --in /scratch/sweeps --where 'name ~ resnet' --format csv
    """
    found = Collection.below(folder)
    known = known_keys(found.rows)
    rows = chosen(found.rows, conditions, known)
    if sort is not None and found.rows:  # else no key of a configuration is known
        key = _key("--sort", sort.removeprefix("-"), known)
        rows = in_order(rows, key, descending=sort.startswith("-"))
    style = "json" if as_json else style
    shown = known if style == "json" else usual_columns(rows)
    if columns is not None and found.rows:
        shown = [_key("--columns", name.strip(), known) for name in columns.split(",")]
    if style != "text":
        for line in (json_lines if style == "json" else csv_lines)(rows, shown):
            echo(printable(line))
    elif rows:
        show(as_text(rows, shown, known))
    for remark in found.remarks:
        say(f"warning: {remark}")
    if not found.rows:
        say(f"{folder}: no run is in it or below")
    elif not rows:
        say(f"{folder}: of {count(len(found.rows), 'run')} none is so")


def _key(option: str, name: str, known: Sequence[str]) -> str:
    """Raises UsageError for a name that no column has."""
    try:
        return find_key(name, known)
    except LookupError as error:
        raise UsageError(f"{option}: {error.args[0]}") from None
