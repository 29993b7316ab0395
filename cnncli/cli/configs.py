"""`cnn configs`: the configurations that come with the program."""

from typing import Any

import click

from cnncli.check.check import check
from cnncli.config.source_text.source import read_source
from cnncli.graph.costs.totals import totals
from cnncli.report.table import Column, table
from cnncli.shipped.configurations import Shipped, about, names
from cnncli.shipped.folders import CONFIGS
from cnncli.text import json_text

from .echo import echo, say, show
from .options import wide_option

COLUMNS = [
    Column("name"),
    Column("data", rank=2),
    Column("W x H x D", rank=1),
    Column("parameters", numeric=True, rank=1),
    Column("what it is", least=30, way="prose"),
]


@click.command("configs")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@wide_option
def configs(as_json: bool) -> None:
    """List the configurations that come with cnn.

    Every command that takes CONFIG takes such a name too, unless there is a file NAME or NAME.yaml
    in the current directory.

    \b
    cnn configs --json
    cnn shapes resnet18
    cnn train digits
    """
    found = [_entry(Shipped(name)) for name in names()]
    if as_json:
        echo(json_text(found))
        return
    keys = ("name", "data", "image", "parameters", "about")
    show(table(COLUMNS, [[entry[key] or "" for key in keys] for entry in found]))
    say(f"their files are in {CONFIGS}")


def _entry(file: Shipped) -> dict[str, Any]:
    spec, graph = check(file).network()
    return {
        "name": str(file),
        "data": spec.data.name if spec.data else None,
        "image": str(graph.image),
        "parameters": totals(graph).parameters,
        "about": about(read_source(file).text),
        "file": str(file.source),
    }
