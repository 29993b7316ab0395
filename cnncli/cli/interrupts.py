"""SIGINT, SIGTERM and SIGHUP from the program's first line to its last: a line, and 128 + number.

While a command works, the signal is raised, so that everything is cleared away. At other times
there is nothing to clear away, and where Python's imports or its cleaning up call functions, what
is raised would be printed and forgotten, by NumPy's C code for one: the program ends at once then.
"""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NoReturn

from cnncli.training.signals import SIGNALS, handle

LINE = "interrupted"

_IMPORTS = "<frozen importlib._bootstrap>"


end: Callable[[int], NoReturn] = os._exit
"""Ends the program at once, with an exit status."""


def end_by_signal(status: int) -> NoReturn:
    """Ends the program as the signal of that exit status would by itself.

    It is what is in `end` of one of several processes, until it has joined the others: MPICH's
    mpirun ends those where a signal ends one, and lets them wait for ever where that exits.
    """
    number = status - 128
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(status)


def check_end(status: object) -> None:
    """Ends so a program that is about to exit with the status of a signal."""
    if end is end_by_signal and status in [128 + number for number in SIGNALS]:
        end_by_signal(int(str(status)))


def catch_signals() -> None:
    """Ends the program at a signal, but for those that are ignored, as under nohup."""
    if handle(_end_or_raise):
        sys.unraisablehook = _end_or_print


def ignore_signals() -> None:
    """For the end of the program, which a signal could only disturb; not where it is another's."""
    for number in SIGNALS:
        if signal.getsignal(number) is _end_or_raise:
            signal.signal(number, signal.SIG_IGN)


class RaisedSignals:
    """While it is entered, a signal that would end the program is a KeyboardInterrupt first."""

    depth = 0

    def __enter__(self) -> None:
        RaisedSignals.depth += 1

    def __exit__(self, *exception: object) -> None:
        RaisedSignals.depth -= 1


def number_of(interrupt: BaseException) -> int:
    """The signal that a KeyboardInterrupt stands for."""
    return int(interrupt.args[0]) if interrupt.args else signal.SIGINT


def _end_or_raise(number: int, frame: FrameType | None) -> None:
    ignore_signals()
    if not RaisedSignals.depth or _is_import(frame):
        _end(number)
    raise KeyboardInterrupt(number)


def _is_import(frame: FrameType | None) -> bool:
    while frame:
        if frame.f_code.co_filename == _IMPORTS:
            return True
        frame = frame.f_back
    return False


def _end_or_print(lost: "sys.UnraisableHookArgs") -> None:
    """For what was raised where nothing can be raised, as in a function for weak references."""
    if isinstance(lost.exc_value, KeyboardInterrupt):
        _end(number_of(lost.exc_value))
    sys.__unraisablehook__(lost)


def _end(number: int) -> None:
    with suppress(OSError):
        os.write(2, f"{LINE}\n".encode())
    end(128 + number)
