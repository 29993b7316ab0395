"""The one way in which commands print."""

import click

from cnncli.text import for_terminal


def echo(text: str, *, err: bool = False) -> None:
    """The result, or beside it for standard error, without what others could command in it."""
    click.echo(for_terminal(text), err=err)


def say(text: str) -> None:
    """What goes to standard error, beside the result."""
    echo(text, err=True)


def echo_commands(text: str) -> None:
    """Commands of ours for a build server, whose fields are escaped already."""
    click.echo(text)
