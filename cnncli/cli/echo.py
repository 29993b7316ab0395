"""The one way in which commands print: laid out for the stream, harmless, and painted."""

import sys
from collections.abc import Sequence
from typing import TextIO

import click

from cnncli.problems import Problem, cut_lines, number_fixes, show_problem
from cnncli.report.layout import words
from cnncli.report.layout.parts import lay_out
from cnncli.text import for_terminal

from .styles import Painter, doubt, failure, has_colour, headings, notices, plain

_WIDE = f"{__name__}.wide"


def note_wide(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """The callback of `--wide`."""
    if value:
        ctx.find_root().meta[_WIDE] = True


def columns_of(stream: TextIO) -> int | None:
    """How wide what a command prints may be; None: as wide as it is, as in a pipe."""
    ctx = click.get_current_context(silent=True)
    return None if ctx and _WIDE in ctx.find_root().meta else words.columns(stream)


def echo(text: str, paint: Painter = plain, *, err: bool = False) -> None:
    """What has its lines already, without what others could command in it.

    err: beside the result, on standard error. paint: puts colours into it, where the stream has
    them.
    """
    stream = sys.stderr if err else sys.stdout
    click.echo(_finish(text, paint, stream), err=err, color=has_colour(stream) or None)


def show(text: str, paint: Painter = headings) -> None:
    """The result for people: prose, tables and pictures, which fit a terminal."""
    echo(_lay_out(text, sys.stdout), paint)


def say(text: str, paint: Painter = notices) -> None:
    """What goes to standard error, beside the result."""
    echo(_lay_out(text, sys.stderr), paint, err=True)


def say_problems(problems: Sequence[Problem]) -> None:
    """Problems of a configuration, each with its line in the file and its fixes."""
    for problem, first in number_fixes(problems):
        say(cut_lines(show_problem(problem, first)), failure if problem.is_error else doubt)


def notice_line(text: str) -> str:
    """What `say` would print, for one who writes it to standard error beside a bar."""
    return _finish(_lay_out(text, sys.stderr), notices, sys.stderr)


def failure_line(text: str) -> str:
    """The same of an error."""
    return _finish(_lay_out(text, sys.stderr), failure, sys.stderr)


def echo_commands(text: str) -> None:
    """Commands of ours for a build server, whose fields are escaped already."""
    click.echo(text)


def _lay_out(text: str, stream: TextIO) -> str:
    most = columns_of(stream)
    fitting = lay_out(text, most)
    return fitting if most is None or words.can_take(stream, "×") else fitting.replace(" ×", " x")


def _finish(text: str, paint: Painter, stream: TextIO) -> str:
    harmless = for_terminal(text)
    return paint(harmless) if has_colour(stream) else harmless
