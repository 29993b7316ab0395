"""Commands that several ranks carry out together, started by mpirun or srun.

The first rank prints and answers. What ends all ranks alike is its to tell; a rank that ends by
itself tells why, and ends the others, which would wait for it for ever.
"""

import io
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from functools import wraps
from typing import NoReturn, ParamSpec

import click

from cnncli.engine.parallel.launchers import join, launch_of
from cnncli.engine.parallel.world import World, name_of, within
from cnncli.errors import DivergedError, Interrupted, UsageError

from . import interrupts
from .boundary import guard
from .echo import say
from .styles import failure

P = ParamSpec("P")

_PATIENCE = 2.0
"""Seconds that a rank which has failed waits for the others to end like it."""
_LONG_PATIENCE = 60.0
"""The same where all end alike, and the first may be writing the last page of its report."""
_CARRIED = 0.3
"""Seconds in which a launcher carries a line to where it is read, before it ends everything."""
_LAST_WORD = 1.0
"""Seconds in which the first rank says what all know, before others end, and it with them."""


def over_ranks(command: Callable[P, None]) -> Callable[P, None]:
    """The command, which all processes of a launch carry out together."""

    @wraps(command)
    def carry_out(*args: P.args, **kwargs: P.kwargs) -> None:
        launch = launch_of(os.environ)
        if launch is None:
            return command(*args, **kwargs)
        try:
            world = join(launch)
        except UsageError:
            if launch.rank == 0:
                raise
            time.sleep(_LAST_WORD)
            raise click.exceptions.Exit(UsageError.exit_status) from None
        interrupts.end = world.abort
        interrupts.catch_signals()  # Open MPI has taken SIGHUP for itself
        try:
            last = _end(world, _attempt(world, lambda: command(*args, **kwargs)))
        except KeyboardInterrupt as signal:  # at the very end, when nobody looks for signals
            world.abort(128 + interrupts.number_of(signal))
        if last is not None:
            raise last

    return carry_out


def alone(command: Callable[P, None]) -> Callable[P, None]:
    """The command, which refuses to be carried out by several processes of a launch."""

    @wraps(command)
    def carry_out(*args: P.args, **kwargs: P.kwargs) -> None:
        if launch := launch_of(os.environ):
            raise UsageError(
                f"{launch.by} has started {launch.size} processes, and each would do the same; "
                "start this command by itself"
            )
        return command(*args, **kwargs)

    return carry_out


def _attempt(world: World, work: Callable[[], None]) -> BaseException | None:
    """What the work ends with, if it fails. All ranks but the first do it in silence."""
    try:
        with ExitStack() as stack:
            stack.enter_context(within(world))
            if world.rank:
                nowhere = stack.enter_context(open(os.devnull, "w"))
                stack.enter_context(redirect_stdout(nowhere))
                stack.enter_context(redirect_stderr(nowhere))
            work()
    except BaseException as error:
        return error
    return None


def _end(world: World, error: BaseException | None) -> BaseException | None:
    """Waits for all to end, or ends all. What this rank ends with then."""
    status, text = _outcome(error)
    patience = _LONG_PATIENCE if isinstance(error, Interrupted | DivergedError) else _PATIENCE
    statuses = world.meet(status, patience if error else float("inf"))
    if statuses is None:
        _tell(world, text)
        world.abort(status)
    if error is None or world.rank == 0:
        return error
    if status != statuses[0]:
        _tell(world, text)
    return click.exceptions.Exit(status)


def _outcome(error: BaseException | None) -> tuple[int, str]:
    """With which status an error ends the program, and what is said of it."""
    if error is None:
        return 0, ""

    def fail() -> NoReturn:
        raise error

    said = io.StringIO()
    try:
        with redirect_stderr(said):
            guard(fail, click.get_current_context(silent=True))
    except click.exceptions.Exit as end:
        return end.exit_code, said.getvalue().rstrip("\n")
    except click.Abort:
        return 1, "aborted"


def _tell(world: World, text: str) -> None:
    say(f"{name_of(world, world.rank)}: {text}", failure)
    sys.stderr.flush()
    time.sleep(_CARRIED)
