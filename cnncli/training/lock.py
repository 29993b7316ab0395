"""A run's directory belongs to one process at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from cnncli.errors import UsageError, WriteError

from .files import remove_parts

NAME = ".lock"


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Keeps others out, and clears away what a killed process left half-written.

    The system holds the lock, so that it ends with its process, however that ends; the file only
    says who it is. Raises UsageError where another process has it, and WriteError where the file
    can not be written.
    """
    path = directory / NAME
    with _opened(path) as stream:
        _take(directory, stream)
        try:
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
        except OSError as error:
            raise _unwritable(path, error) from None
        remove_parts(directory)
        try:
            yield
        finally:
            with suppress(OSError):
                stream.truncate(0)


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a+")
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> WriteError:
    return WriteError(f"{path}: could not be written: {error.strerror}")


def _take(directory: Path, stream: IO[str]) -> None:
    """Where the system or the file system knows no locks, there is none."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        raise UsageError(
            f"{directory}: process {stream.read().strip() or 'unknown'} is at work there; "
            "wait for it to end, or choose another --out"
        ) from None
    except OSError:
        return
