"""What a shell may complete a value with: configurations, layers, columns, sets and settings.

Only what a shell takes as it is, without quotes, is offered. Whoever asks hides what is raised.
"""

import os
import shlex
from collections.abc import Iterable
from contextlib import suppress
from typing import TypeAlias

import click
from click.shell_completion import CompletionItem

from cnncli.errors import CnncliError
from cnncli.text import ForeignPath

Items: TypeAlias = "list[CompletionItem[str]]"


def _beginning(incomplete: str, texts: Iterable[str]) -> Items:
    """Those of the texts that begin so."""
    return [
        CompletionItem(text)
        for text in dict.fromkeys(texts)
        if text.startswith(incomplete) and shlex.quote(text) == text
    ]


def _configuration(ctx: click.Context) -> ForeignPath | None:
    """The first file that the command line names.

    It stays among the arguments that are left where click ends at an option without a value.
    """
    given = ctx.params.get("configs") or ctx.params.get("config") or ctx.args
    first = given[0] if isinstance(given, (tuple, list)) and given else given
    return ForeignPath(first) if first else None


def configurations(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """What comes with cnn, YAML files, and folders, which the shell lists itself.

    Hidden files where one is begun.
    """
    from cnncli.shipped.configurations import names

    folder, name = os.path.split(incomplete)
    files = sorted(f for f in os.listdir(folder or ".") if f.endswith((".yaml", ".yml")))
    shown = (os.path.join(folder, f) for f in files if f[0] != "." or name[:1] == ".")
    found = _beginning(incomplete, [*shown, *(() if folder else names())])
    return [*found, CompletionItem(incomplete, type="dir")]


def sets(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Data sets by name, and configurations."""
    from cnncli.datasets.sets import data_sets

    return _beginning(incomplete, data_sets()) + configurations(ctx, param, incomplete)


def layers(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """The layers of the network that the command line names."""
    from cnncli.check.check import check

    file = _configuration(ctx)
    graph = check(file).graph if file else None
    return _beginning(incomplete, (node.name for node in graph.nodes) if graph else ())


def columns(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Columns of the table, after those that are there already."""
    from cnncli.report.shapes.columns import COLUMNS

    there = incomplete[: incomplete.rfind(",") + 1]
    names = [name for name in COLUMNS if name not in there.split(",")]
    return _beginning(incomplete, [*(there + name for name in names), *(() if there else ("all",))])


def run_columns(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Columns of the table of runs, after those that are there already."""
    from cnncli.config.setting_keys import setting_keys
    from cnncli.runs.run_record import FIGURES

    there = incomplete[: incomplete.rfind(",") + 1]
    names = [name for name in (*FIGURES, *setting_keys()) if name not in there.split(",")]
    return _beginning(incomplete, (there + name for name in names))


def settings(ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Keys of a configuration, with the `=` after them: of its own optimizer and the like."""
    from cnncli.config.load import load
    from cnncli.config.setting_keys import setting_keys

    file = _configuration(ctx)
    spec = None
    if file:
        with suppress(CnncliError):  # the keys of all kinds then
            spec = load(file)
    keys = ["name", "architecture", *setting_keys(spec)]
    return _beginning(incomplete, (f"{key}=" for key in keys))
