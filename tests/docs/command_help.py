"""The help of every command as Markdown, from click's own description of it."""

import inspect
from collections.abc import Iterator

import click

from cnncli.cli.main import COMMANDS, cli
from tests.docs.measured_tables import table


def command_help() -> str:
    """A section for each command, in the order of the list of commands."""
    parts = [part for name in COMMANDS for part in _section(name, cli, ("cnn",))]
    return "\n\n".join(parts)


def _section(name: str, group: click.Group, path: tuple[str, ...]) -> Iterator[str]:
    command = group.get_command(click.Context(group, info_name=path[-1]), name)
    assert command is not None, name
    path = (*path, name)
    context = click.Context(command, info_name=name)
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * (len(path) + 1)} {' '.join(path)}"
    yield f"```text\n{' '.join(path)} {usage}\n```"
    yield from _paragraphs(command.help or "")
    if options := list(_options(command, context)):
        yield table(("option", "meaning"), options)
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            yield from _section(child, command, path)


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs of a help text; what click prints line by line is a block of commands."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        marker, _, lines = paragraph.partition("\n")
        yield f"```sh\n{lines}\n```" if marker == "\b" else paragraph


EVERYWHERE = {"--help", "--color", "--debug"}
"""Options of every command, which the page explains once."""


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    for option in command.get_params(context):
        if isinstance(option, click.Option) and not (option.hidden or EVERYWHERE & {*option.opts}):
            names, meaning = option.get_help_record(context) or ("", "")
            assert meaning, f"{command.name} {names} says nothing of itself"
            # the bounds of a number follow its meaning after two spaces
            names, meaning = names.replace(" RANGE", ""), " ".join(meaning.split())
            yield f"`{names}`".replace("|", "\\|"), meaning.replace("|", "\\|")
