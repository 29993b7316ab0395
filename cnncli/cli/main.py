"""The command `cnn`; a subcommand is imported when it is called."""

import gc
import os
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from cnncli.lazy import pause_collection
from cnncli.version import __version__

from .boundary import guard, note_debug
from .styles import CHOICES, choose
from .suggestions import SuggestingGroup

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class Purpose(StrEnum):
    """What a command is for; the help lists commands by it, in this order."""

    CHECK = "Check"
    TRAIN = "Train"
    USE = "Use"
    DATA = "Data"
    MACHINE = "Machine"


class Lazy(NamedTuple):
    """A command that is not imported yet: what it is for, where it is, and what lists say of it."""

    purpose: Purpose
    module: str
    function: str
    summary: str


COMMANDS = {
    "shapes": Lazy(
        Purpose.CHECK, "cnncli.cli.shapes", "shapes", "Check networks and show shapes and costs."
    ),
    "diff": Lazy(Purpose.CHECK, "cnncli.cli.diff", "diff", "Compare two networks, or two runs."),
    "graph": Lazy(
        Purpose.CHECK, "cnncli.cli.graph", "graph", "Draw a network as text, Mermaid or Graphviz."
    ),
    "configs": Lazy(
        Purpose.CHECK,
        "cnncli.cli.configs",
        "configs",
        "List the configurations that come with cnn.",
    ),
    "schema": Lazy(
        Purpose.CHECK, "cnncli.cli.schema", "schema", "Print what an editor checks files by."
    ),
    "gradcheck": Lazy(
        Purpose.CHECK, "cnncli.cli.gradcheck", "gradcheck", "Check gradients by differences."
    ),
    "demo": Lazy(
        Purpose.CHECK, "cnncli.cli.demo", "demo", "Show a convolution and a pooling step by step."
    ),
    "init": Lazy(
        Purpose.TRAIN, "cnncli.cli.init", "init", "Write a configuration for images of your own."
    ),
    "train": Lazy(
        Purpose.TRAIN, "cnncli.cli.train", "train", "Train a network and keep what it learned."
    ),
    "sweep": Lazy(
        Purpose.TRAIN, "cnncli.cli.sweep", "sweep", "Train with many values and find the best."
    ),
    "verify-resume": Lazy(
        Purpose.TRAIN,
        "cnncli.cli.verify_resume",
        "verify_resume",
        "Prove that an interruption changes nothing.",
    ),
    "eval": Lazy(
        Purpose.USE, "cnncli.cli.eval", "evaluate_command", "Judge a trained network on a data set."
    ),
    "predict": Lazy(Purpose.USE, "cnncli.cli.predict", "predict", "Tell the classes of images."),
    "runs": Lazy(Purpose.USE, "cnncli.cli.runs", "runs", "Show runs beside each other."),
    "report": Lazy(
        Purpose.USE, "cnncli.cli.report", "report", "Show a run as a page, with its figures."
    ),
    "convert": Lazy(
        Purpose.USE, "cnncli.cli.convert", "convert", "Write FC layers as CONV layers, or back."
    ),
    "export": Lazy(
        Purpose.USE, "cnncli.cli.export", "export", "Write a network for other programs."
    ),
    "import": Lazy(
        Purpose.USE,
        "cnncli.cli.import_network",
        "import_command",
        "Take over a network of another program.",
    ),
    "data": Lazy(Purpose.DATA, "cnncli.cli.data", "data", "List, fetch, check and show data sets."),
    "time": Lazy(
        Purpose.MACHINE,
        "cnncli.cli.timing",
        "time_command",
        "Time a training step, layer by layer.",
    ),
    "info": Lazy(
        Purpose.MACHINE, "cnncli.cli.info", "info", "Show versions, cores, memory and folders."
    ),
    "completion": Lazy(
        Purpose.MACHINE,
        "cnncli.cli.completion",
        "completion",
        "Let a shell complete what is typed.",
    ),
}

DEBUG = click.Option(
    ["--debug"],
    is_flag=True,
    expose_value=False,
    callback=note_debug,
    help="Show the traceback of an error.",
)
COLOR = click.Option(
    ["--color"],
    type=click.Choice(CHOICES),
    expose_value=False,
    help="When to colour; without it, on terminals.",
)
EVERYWHERE = (COLOR, DEBUG)
"""Understood before a command's name and after it."""


class LazyGroup(SuggestingGroup):
    """A group that imports a command only to run it or to show its own help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        lazy = COMMANDS[cmd_name]
        with pause_collection():
            command: click.Command = getattr(import_module(lazy.module), lazy.function)
            gc.freeze()  # what was imported stays, and is not gone through again
        commands = getattr(command, "commands", {}).values()
        for each in (command, *commands):
            each.params += [option for option in EVERYWHERE if option not in each.params]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The lists of commands for the help, without importing them."""
        width = max(map(len, COMMANDS))
        for purpose in Purpose:
            of_it = {name: lazy for name, lazy in COMMANDS.items() if lazy.purpose == purpose}
            with formatter.section(purpose):
                formatter.write_dl([(f"{n:{width}}", lazy.summary) for n, lazy in of_it.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem[str]]":
        """Commands, without importing them, and options that begin so."""
        from click.shell_completion import CompletionItem

        names = [name for name in COMMANDS if name.startswith(incomplete)]
        found = [CompletionItem(name, help=COMMANDS[name].summary) for name in names]
        return found + click.Command.shell_complete(self, ctx, incomplete)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Reads the command line, and shows the help.

        -h is said as click finds it at once: for another option it imports what looks for the one
        that was meant. And the width is known, for which click imports all kinds of archives.
        """
        choose(args)
        if args[:1] == ["-h"]:
            args = ["--help", *args[1:]]
        extra.setdefault("terminal_width", _help_columns())
        return guard(
            lambda: super(LazyGroup, self).make_context(info_name, args, parent, **extra), None
        )

    def invoke(self, ctx: click.Context) -> Any:
        return guard(lambda: super(LazyGroup, self).invoke(ctx), ctx)


def _help_columns() -> int:
    """Of a line of help, as click has it: those of the terminal less 2, from 50 to 78."""
    given = os.environ.get("COLUMNS", "")
    columns = int(given) if given.isdecimal() else 0
    if not columns:
        try:
            columns = os.get_terminal_size(1).columns
        except (OSError, ValueError):
            columns = 80
    return max(min(columns or 80, 80) - 2, 50)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="cnn %(version)s")
def cli() -> None:
    """Train convolutional networks that are described in a YAML file.

    \b
    cnn shapes vgg16                    check a network and show its layers
    cnn train digits                    train one on digits
    cnn eval runs/digits-1              judge what was learned
    cnn predict runs/digits-1 scan.png  tell the class of an image
    """


cli.params += EVERYWHERE
