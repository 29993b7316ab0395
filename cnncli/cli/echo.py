"""The one way in which commands print."""

import sys
from typing import TextIO

import click

from cnncli.report.layout import words
from cnncli.report.layout.page import lay_out
from cnncli.text import for_terminal

_WIDE = f"{__name__}.wide"


def note_wide(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """The callback of `--wide`."""
    if value:
        ctx.find_root().meta[_WIDE] = True


def columns_of(stream: TextIO) -> int | None:
    """How wide what a command prints may be; None: as wide as it is, as in a pipe."""
    ctx = click.get_current_context(silent=True)
    return None if ctx and _WIDE in ctx.find_root().meta else words.columns(stream)


def echo(text: str, *, err: bool = False) -> None:
    """The result, or beside it for standard error, without what others could command in it."""
    click.echo(for_terminal(text), err=err)


def show(text: str) -> None:
    """The result for people: prose and tables, which fit a terminal."""
    echo(_lay_out(text, sys.stdout))


def say(text: str) -> None:
    """What goes to standard error, beside the result."""
    echo(_lay_out(text, sys.stderr), err=True)


def echo_commands(text: str) -> None:
    """Commands of ours for a build server, whose fields are escaped already."""
    click.echo(text)


def _lay_out(text: str, stream: TextIO) -> str:
    most = columns_of(stream)
    fitting = lay_out(text, most)
    return fitting if most is None or words.can_take(stream, "×") else fitting.replace(" ×", " x")
