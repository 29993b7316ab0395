"""The command `cnn`; a subcommand is imported when it is called."""

from importlib import import_module
from typing import Any, NamedTuple

import click

from cnncli.lazy import pause_collection
from cnncli.version import __version__

from .boundary import guard, note_debug


class Lazy(NamedTuple):
    """A command that is not imported yet: where it is, and what the list of commands says."""

    module: str
    function: str
    summary: str


COMMANDS = {
    "train": Lazy("cnncli.cli.train", "train", "Train a network and keep what it learned."),
    "eval": Lazy("cnncli.cli.eval", "evaluate_command", "Judge a trained network on a data set."),
    "predict": Lazy("cnncli.cli.predict", "predict", "Tell the classes of images."),
    "verify-resume": Lazy(
        "cnncli.cli.verify_resume", "verify_resume", "Prove that an interruption changes nothing."
    ),
    "shapes": Lazy("cnncli.cli.shapes", "shapes", "Check networks and show shapes and costs."),
    "convert": Lazy("cnncli.cli.convert", "convert", "Write FC layers as CONV layers, or back."),
    "configs": Lazy("cnncli.cli.configs", "configs", "List the configurations that come with cnn."),
    "init": Lazy("cnncli.cli.init", "init", "Write a configuration for images of your own."),
    "diff": Lazy("cnncli.cli.diff", "diff", "Compare the networks of two files."),
    "graph": Lazy("cnncli.cli.graph", "graph", "Draw a network as text, Mermaid or Graphviz."),
    "data": Lazy("cnncli.cli.data", "data", "List, fetch, check and show data sets."),
    "info": Lazy("cnncli.cli.info", "info", "Show versions, cores, memory and folders."),
    "time": Lazy("cnncli.cli.timing", "time_command", "Time a training step, layer by layer."),
}

DEBUG = click.Option(
    ["--debug"],
    is_flag=True,
    expose_value=False,
    callback=note_debug,
    help="Show the traceback of an error.",
)
"""Understood before a command's name and after it."""


class LazyGroup(click.Group):
    """A group that imports a command only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        lazy = COMMANDS[cmd_name]
        with pause_collection():
            command: click.Command = getattr(import_module(lazy.module), lazy.function)
        commands = getattr(command, "commands", {}).values()
        for each in (command, *commands):
            if DEBUG not in each.params:
                each.params.append(DEBUG)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands for the help, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, lazy.summary) for name, lazy in COMMANDS.items()])

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Reads the command line, and shows the help."""
        return guard(
            lambda: super(LazyGroup, self).make_context(info_name, args, parent, **extra), None
        )

    def invoke(self, ctx: click.Context) -> Any:
        return guard(lambda: super(LazyGroup, self).invoke(ctx), ctx)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="cnn %(version)s")
def cli() -> None:
    """Train convolutional networks that are described in a YAML file.

    \b
    cnn shapes configs/vgg16.yaml     check a network and show its layers
    cnn train configs/cifar.yaml      train it
    cnn eval runs/cifar-1             judge what was learned
    cnn predict runs/cifar-1 cat.png  tell the class of an image
    """


cli.params.append(DEBUG)
