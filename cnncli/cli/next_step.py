"""The command to type next, which `cnn train` ends with."""

import os
import shlex
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from cnncli.engine.parallel.launchers import launch_of
from cnncli.text import as_argument, for_terminal


def next_step(ctx: click.Context, run: Path, *, is_finished: bool, **changes: Any) -> str:
    """What may be done with a run now, and the command for it; empty if that cannot be shown.

    ctx: of the command that trained it. changes: of its options, where it is to go on.
    """
    if is_finished:
        what, words = "judge it", ["cnn", "eval", as_argument(run)]
    else:
        launch = launch_of(os.environ)
        words = [launch.by, "-n", str(launch.size)] if launch else []
        what, words = "go on", words + _words(ctx, {"out": run, "resume": True} | changes)
    text = f"to {what}: {shlex.join(words)}"
    return text if text.isprintable() and for_terminal(text) == text else ""


def _words(ctx: click.Context, changes: dict[str, Any]) -> list[str]:
    """The command as it was typed, with these values of options instead; None leaves one out."""
    words = ["cnn", ctx.info_name or ""]
    for parameter in ctx.command.params:
        name = parameter.name or ""
        is_given = ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE
        value = changes.get(name, ctx.params.get(name) if is_given else None)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(parameter, click.Argument):
                words.append(as_argument(each))
            elif each is True:
                words.append(parameter.opts[0])
            elif each is not None:
                words += [parameter.opts[0], str(each)]
    return words
