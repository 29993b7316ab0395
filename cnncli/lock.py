"""A directory belongs to one process at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .errors import UsageError, WriteError
from .writing import plainly

NAME = ".lock"


class Lock:
    """What the holder of a directory has."""

    def __init__(self, directory: Path, descriptor: int) -> None:
        self._directory = directory
        self._descriptor = descriptor

    def check(self) -> None:
        """Raises WriteError where the directory was removed, and made anew by another process."""
        with suppress(OSError):  # what is written next will tell
            found, ours = os.stat(self._directory / NAME), os.fstat(self._descriptor)
            if not os.path.samestat(found, ours):
                raise WriteError(
                    f"{self._directory}: was removed meanwhile, and is another run's now; "
                    "nothing more is written there"
                )


@contextmanager
def locked(directory: Path) -> Iterator[Lock]:
    """Keeps others out.

    The system holds the lock, so that it ends with its process, however that ends; the file only
    says who it is. Raises UsageError where another process has it, and WriteError where the file
    can not be written.
    """
    path = directory / NAME
    try:
        descriptor = plainly(path, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        _take(directory, descriptor)
        try:
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
        except OSError as error:
            raise _unwritable(path, error) from None
        try:
            yield Lock(directory, descriptor)
        finally:
            with suppress(OSError):
                os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, error: OSError) -> WriteError:
    return WriteError(f"{path}: could not be written: {error.strerror}")


def _take(directory: Path, descriptor: int) -> None:
    """Where the system or the file system knows no locks, there is none."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(descriptor, 20).decode(errors="replace").strip() or "unknown"
        raise UsageError(
            f"{directory}: process {holder} is at work there; "
            "wait for it to end, or choose another --out"
        ) from None
    except OSError:
        return
