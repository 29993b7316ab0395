"""Options that several commands share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from cnncli.bounds import MAX_JOBS, MAX_SET_RUNS, MAX_THREADS
from cnncli.files import plain_file, refuse_existing, reported
from cnncli.text import ForeignPath

from .completers import configurations, settings
from .echo import note_wide

AnyCommand = TypeVar("AnyCommand", bound=Callable[..., Any])


class Name(click.Path):
    """A name that is not empty: of a file or a folder, of what stands for one, or an address."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises BadParameter for an empty one, which would stand for the current directory."""
        if value == "":
            self.fail("it is empty; name something, or leave it out", param, ctx)
        return super().convert(value, param, ctx)


@dataclass(frozen=True)
class Seeds:
    """Whole numbers, ascending, and how they were written."""

    text: str
    numbers: tuple[int, ...]

    def __str__(self) -> str:
        return self.text


class SeedsType(click.ParamType):  # type: ignore[type-arg]
    """Numbers and ranges of them: `0-4`, `0,3,7`."""

    name = "seeds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises BadParameter where it is none of these, or of too many."""
        if isinstance(value, Seeds):
            return value
        found: set[int] = set()
        for part in value.split(","):
            match = re.fullmatch(r" *(\d{1,19})(?:-(\d{1,19}))? *", part)
            first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
            if not first <= last < 2**63:
                self.fail("expected seeds like 0-4 or 0,3,7", param, ctx)
            if (
                last - first >= MAX_SET_RUNS
                or len(found := found | {*range(first, last + 1)}) > MAX_SET_RUNS
            ):
                self.fail(f"at most {MAX_SET_RUNS:,} seeds can be compared", param, ctx)
        return Seeds(value.replace(" ", ""), tuple(sorted(found)))


class Output(NamedTuple):
    """Where a file is written, and whether one that is there already is replaced."""

    path: Path
    replace: bool


AT_LEAST_ONE = click.IntRange(min=1)
NAME = Name(readable=False)
"""A path, or something else that may stand in its place."""
PATH = Name(path_type=ForeignPath, readable=False)
"""A path that whoever opens it judges."""
OUTPUT = Name(path_type=ForeignPath, readable=False)
"""Of options made by `output_option` alone."""


def judge_output(path: Path, force: bool) -> Output:
    """Refuses what must not be replaced: without `force` a file, and always what is none."""
    if force:
        with reported(path):
            plain_file(path)
    else:
        refuse_existing(path)
    return Output(path, force)


def beside(output: Output, suffix: str) -> Output:
    """A second file that is written, called like the first but for its ending."""
    return judge_output(ForeignPath(output.path.with_suffix(suffix)), output.replace)


def output_option(
    name: str, *, another: str | None = None, shares_force: bool = False, **settings: Any
) -> Callable[[AnyCommand], AnyCommand]:
    """An option that names a file to be written, as an Output; and --force beside it.

    What must not be replaced is refused before anything is done. Whoever writes refuses it once
    more, as it may have come meanwhile. another: such an option of the command, made with
    `shares_force`, for which --force holds too.
    """

    def judge(ctx: click.Context, param: click.Parameter, value: Path | None) -> Output | None:
        return None if value is None else judge_output(value, ctx.meta[_FORCE])

    def decorate(command: AnyCommand) -> AnyCommand:
        option = click.option(name, type=OUTPUT, callback=judge, **settings)
        if shares_force:
            return option(command)
        force = click.option(
            "--force",
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_note_force,
            help=f"Replace the files that {name} and {another} name."
            if another
            else f"Replace the file that {name} names.",
        )
        return option(force(command))

    return decorate


_FORCE = "cnncli.force"


def _note_force(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    ctx.meta[_FORCE] = value


kernels_option = click.option(
    "--kernels",
    type=click.Choice(["auto", "direct", "winograd", "measured"]),
    help="How convolutions are computed.",
)
seed_option = click.option("--seed", type=click.IntRange(min=0), help="Of every random choice.")
seeds_option = click.option(
    "--seeds",
    type=SeedsType(),
    metavar="SEEDS",
    help="A run for each, 0-4 or 0,3,7; mean, deviation and interval.",
)
folds_option = click.option(
    "--folds",
    type=click.IntRange(2, MAX_SET_RUNS),
    help="Cross-validate: a run for each of so many folds; mean and deviation.",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, MAX_JOBS),
    help="Of --seeds or --folds, so many runs side by side.",
)
threads_option = click.option(
    "--threads", type=click.IntRange(1, MAX_THREADS), help="Threads that compute."
)
config_argument = click.argument("config", type=PATH, shell_complete=configurations)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    shell_complete=settings,
    metavar="KEY=VALUE",
    help="Set a value of the configuration, like train.optimizer.lr=0.1. Repeatable.",
)

wide_option = click.option(
    "--wide",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=note_wide,
    help="Tables in full in a terminal too, as in a pipe.",
)


def train_overrides(**flags: object) -> list[str]:
    """Options of a command that set values of the train section, as overrides."""
    return [f"train.{name}={value}" for name, value in flags.items() if value is not None]
