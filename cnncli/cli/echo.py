"""The one way in which commands print."""

import os
import sys
from collections.abc import Sequence
from typing import TextIO

import click

from cnncli.problems import Problem, cut_lines, number_fixes, show_problem
from cnncli.text import for_terminal

from .styles import Painter, doubt, failure, has_colour, headings, notices

_USUAL = 80
"""Columns of a terminal that does not say how many it has."""


def echo(text: str, paint: Painter = headings, *, err: bool = False) -> None:
    """The result, or beside it for standard error, without what others could command in it.

    paint: puts colours into it, where the stream has them.
    """
    text, is_coloured = for_terminal(text), has_colour(sys.stderr if err else sys.stdout)
    click.echo(paint(text) if is_coloured else text, err=err, color=is_coloured or None)


def say(text: str, paint: Painter = notices) -> None:
    """What goes to standard error, beside the result."""
    echo(text, paint, err=True)


def say_problems(problems: Sequence[Problem]) -> None:
    """Problems of a configuration, each with its line in the file and its fixes."""
    for problem, first in number_fixes(problems):
        say(cut_lines(show_problem(problem, first)), failure if problem.is_error else doubt)


def drawing_width(stream: TextIO) -> int | None:
    """The columns that a picture may take; None where the stream is no terminal."""
    if not stream.isatty():
        return None
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL


def paint_notice(text: str) -> str:
    """A line for standard error that another one writes, which has no terminal's commands in it."""
    return notices(text) if has_colour(sys.stderr) else text


def paint_failure(text: str) -> str:
    """The same of an error."""
    return failure(text) if has_colour(sys.stderr) else text


def echo_commands(text: str) -> None:
    """Commands of ours for a build server, whose fields are escaped already."""
    click.echo(text)
