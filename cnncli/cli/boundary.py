"""The one place where errors become messages and exit statuses."""

import errno
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn, TypeVar

import click

from cnncli.errors import CnncliError, UsageError, WriteError
from cnncli.problems import ConfigError, cut_lines
from cnncli.text import for_terminal, printable

from .echo import say

T = TypeVar("T")

_DEBUG = f"{__name__}.debug"
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
INTERNAL_ERROR = 70
INTERRUPTED = 130
BROKEN_PIPE = 141
"""The status of a program that SIGPIPE ends: 128 + 13."""


def note_debug(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """The callback of `--debug`."""
    if value:
        ctx.find_root().meta[_DEBUG] = True


def guard(work: Callable[[], T], ctx: click.Context) -> T:
    """Does the work; an error ends the program with its message and its exit status.

    The message goes to standard error, after the traceback if `--debug` was given.
    """
    try:
        with printable_usage_errors():
            return _report(work, ctx)
    except KeyboardInterrupt:  # one more, while the end was being reported
        raise click.exceptions.Exit(INTERRUPTED) from None


@contextmanager
def printable_usage_errors() -> Iterator[None]:
    """Lets click show its own errors without what the command line could command in them."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        message = for_terminal(printable(error.format_message()))
        if message == error.format_message():
            raise
        raise click.UsageError(message, error.ctx) from None


def _report(work: Callable[[], T], ctx: click.Context) -> T:
    try:
        return work()
    except (click.ClickException, click.Abort, click.exceptions.Exit):
        raise  # click has its own messages and statuses for them
    except ConfigError as error:
        _end(error.full_text(), error.exit_status, ctx)
    except CnncliError as error:
        _end(str(error), error.exit_status, ctx)
    except KeyboardInterrupt:
        _end("interrupted", INTERRUPTED, ctx)
    except BrokenPipeError:
        _discard_output()
        raise click.exceptions.Exit(BROKEN_PIPE) from None
    except MemoryError as error:
        message = f"not enough memory{f': {error}' if str(error) else ''}.\n"
        remedy = "A smaller train.batch_size takes less; `cnn shapes --batch N` reports how much."
        _end(message + remedy, UsageError.exit_status, ctx)
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _UNWRITABLE:
            _discard_output()
            _end(f"could not write: {error.strerror}", WriteError.exit_status, ctx)
        text = f"internal error: {type(error).__name__}: {error}".replace("\n", " ")
        _end(f"{text}; this is a bug in cnn, and `cnn --debug` shows where", INTERNAL_ERROR, ctx)


def interrupt_once(number: int, frame: FrameType | None) -> None:
    """What Ctrl-C does in the program: it ends, and cannot be disturbed while it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def ignore_interrupts() -> None:
    """Ctrl-C does nothing from here on, if it was `interrupt_once`: the end has come anyway."""
    with suppress(KeyboardInterrupt):
        if signal.getsignal(signal.SIGINT) is interrupt_once:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end(message: str, status: int, ctx: click.Context) -> NoReturn:
    """Called while an exception is handled."""
    ignore_interrupts()
    with suppress(OSError):  # standard error itself may be what could not be written
        if _DEBUG in ctx.find_root().meta:
            say(traceback.format_exc().rstrip("\n"))
        say(cut_lines(message))
    raise click.exceptions.Exit(status)


def _discard_output() -> None:
    """Sends what is still buffered for standard output nowhere, so that Python can end quietly."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.close(null)
