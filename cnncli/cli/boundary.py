"""The one place where errors become messages and exit statuses.

What words and prints them is imported when there is one: `cnn -h` has none.
"""

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

import click

from cnncli.errors import CnncliError, UsageError, WriteError

from .interrupts import LINE, RaisedSignals, ignore_signals, number_of
from .styles import failure, misuse, notices

T = TypeVar("T")

_DEBUG = f"{__name__}.debug"
_UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
_UNUSABLE = {errno.ENAMETOOLONG, errno.ELOOP, errno.ENOTDIR, errno.EACCES, errno.EPERM}
INTERNAL_ERROR = 70
_SIGNALS = 128
"""A status above it is that of a signal: no error."""
BROKEN_PIPE = 141
"""The status of a program that SIGPIPE ends: 128 + 13."""


def note_debug(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    """The callback of `--debug`."""
    if value:
        ctx.find_root().meta[_DEBUG] = True


def guard(work: Callable[[], T], ctx: click.Context | None) -> T:
    """Does the work; an error ends the program with its message and its exit status.

    The message goes to standard error, after the traceback if `--debug` was given. ctx: None where
    the command line is not read yet.
    """
    try:
        with _printable_usage_errors(), RaisedSignals():
            return work()
    except click.ClickException as error:
        from .echo import say

        shown = io.StringIO()
        error.show(shown)
        say(shown.getvalue().removesuffix("\n"), misuse)
        raise click.exceptions.Exit(error.exit_code) from None
    except (click.Abort, click.exceptions.Exit):
        raise  # click's own ways to end
    except CnncliError as error:
        _end(error, error.exit_status, ctx)
    except KeyboardInterrupt as error:
        _end(LINE, 128 + number_of(error), ctx)
    except BrokenPipeError:
        raise click.exceptions.Exit(BROKEN_PIPE) from None
    except Exception as error:
        if _lacks_memory(error):
            message = f"not enough memory{f': {error}' if str(error) else ''}.\n"
            remedy = (
                "A smaller train.batch_size takes less; `cnn shapes --batch N` reports how much."
            )
            _end(message + remedy, UsageError.exit_status, ctx)
        if isinstance(error, OSError):
            _end_for_path(error, ctx)
        text = f"internal error: {type(error).__name__}: {error}".replace("\n", " ")
        _end(f"{text}; this is a bug in cnn, and `cnn --debug` shows where", INTERNAL_ERROR, ctx)


@contextmanager
def _printable_usage_errors() -> Iterator[None]:
    """Lets click show its own errors without what the command line could command in them."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        from cnncli.text import for_terminal, printable

        message = for_terminal(printable(error.format_message()))
        if message == error.format_message():
            raise
        raise click.UsageError(message, error.ctx) from None


def _lacks_memory(error: Exception) -> bool:
    """Python had none, or the system none for a mapping or a process."""
    is_refused = isinstance(error, OSError) and error.errno == errno.ENOMEM
    return is_refused or isinstance(error, MemoryError)


def _end_for_path(error: OSError, ctx: click.Context | None) -> None:
    """Ends the program where the reason is a path that was given, or where the program was started.

    Whoever opens a path judges it; this is for what that leaves.
    """
    from cnncli.text import printable

    where = f"{printable(str(error.filename))}: " if error.filename else ""
    if error.errno in _UNWRITABLE:
        _end(f"{where}could not be written: {error.strerror}", WriteError.exit_status, ctx)
    try:
        os.getcwd()
    except OSError as lost:
        message = f".: the current directory cannot be found: {lost.strerror}; change to another"
        _end(message, UsageError.exit_status, ctx)
    if where and error.errno in _UNUSABLE:
        message = f"{where}cannot be used: {error.strerror}; name another path"
        _end(message, UsageError.exit_status, ctx)


def _end(what: str | CnncliError, status: int, ctx: click.Context | None) -> NoReturn:
    """Called while an exception is handled."""
    ignore_signals()
    from cnncli.problems import ConfigError, cut_lines

    from .echo import echo, say, say_problems

    if ctx and _DEBUG in ctx.find_root().meta:
        import traceback

        echo(traceback.format_exc().rstrip("\n"), err=True)
    if isinstance(what, ConfigError):
        say_problems(what.problems)
    else:
        say(cut_lines(str(what)), notices if status > _SIGNALS else failure)
    raise click.exceptions.Exit(status)
