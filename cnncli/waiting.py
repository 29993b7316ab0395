"""Processes that fetch the same file take turns: one writes it, and the others wait."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .writing import plainly


class BusyError(Exception):
    """Another process is at it."""


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Keeps others out with a file that is there for as long. Raises BusyError if one is in.

    The system holds the lock, so that it ends with its process, however that ends. Where the
    system or the file system knows no locks, there is none.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with open(lock, "ab", opener=plainly) as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BusyError from None
        except OSError:
            pass
        if os.fstat(stream.fileno()).st_nlink == 0:
            raise BusyError  # its last owner removed it after it was opened here
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def wait_for(lock: Path) -> None:
    """Returns when nobody is in."""
    if sys.platform == "win32":
        return
    import fcntl

    with suppress(OSError), open(lock, "rb", opener=plainly) as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
