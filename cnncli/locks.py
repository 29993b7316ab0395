"""Locks on files and on directories."""

import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from .errors import UsageError, WriteError
from .files import open_own

_LOOKS = 10
"""How often a lock that is held is tried again, as somebody may only look whether it is."""
_PAUSE = 0.005
"""Seconds between two of them; whoever looks has the lock for some microseconds."""


class Lock:
    """What the holder of a file has."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self.stream = stream

    def is_current(self) -> bool:
        """Whether the path still names the file: it may have been renamed, removed, made anew."""
        try:
            return os.path.samestat(os.stat(self._path), os.fstat(self.stream.fileno()))
        except FileNotFoundError:
            return False

    def check(self) -> None:
        """Raises WriteError where its directory was removed, and made anew by another process."""
        if os.path.exists(self._path) and not self.is_current():
            raise WriteError(
                f"{self._path.parent}: was removed meanwhile, and is another run's now; "
                "nothing more is written there"
            )


class BusyError(UsageError):
    """Another process has the lock."""


@contextmanager
def file_lock(
    path: Path, is_busy: Callable[[str], None], *, is_needed: bool = False
) -> Iterator[Lock]:
    """Keeps other processes out of a file, which is made where there is none, and stays.

    The system holds the lock, so that it ends with its process, however that ends; where the system
    or the file system knows no locks, there is none, unless it `is_needed`. is_busy: takes what is
    in the file where another process has the lock; when it returns, the lock is waited for. Raises
    WriteError where a link, a pipe or a device stands there, or a lock that is needed cannot be
    had, and OSError where the file cannot be opened.
    """
    with open(path, "r+b", buffering=0, opener=_open_or_make) as stream:
        reason = _take(stream, is_busy)
        if reason and is_needed:
            raise no_locks(path.parent, reason)
        yield Lock(path, stream)


def _take(stream: BinaryIO, is_busy: Callable[[str], None]) -> str:
    """Why there is no lock; empty where there is one."""
    if sys.platform == "win32":
        return "this system has none"
    import fcntl

    try:
        for _ in range(_LOOKS):
            with suppress(BlockingIOError):
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return ""
            time.sleep(_PAUSE)
        is_busy(os.pread(stream.fileno(), 20, 0).decode(errors="replace").strip())
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError as error:
        return error.strerror or str(error)
    return ""


def no_locks(folder: Path, reason: str) -> WriteError:
    """That a folder cannot be shared by processes."""
    return WriteError(
        f"{folder}: its file system keeps nobody out by locks ({reason}), so that two processes "
        "could train one trial; name a folder that does with --out: on a local disk, or on NFS 4 "
        "mounted without nolock and local_lock"
    )


@contextmanager
def directory_lock(directory: Path, *, is_needed: bool = False) -> Iterator[Lock]:
    """Keeps other processes out of a directory; its file .lock says which one is in.

    is_needed: a directory without locks is refused. Raises BusyError where another process has it,
    and WriteError where the file cannot be written.
    """

    def refuse(holder: str) -> None:
        raise BusyError(
            f"{directory}: process {holder if holder.isdecimal() else 'unknown'} is at work there; "
            "wait for it to end, or choose another --out"
        )

    path = directory / ".lock"
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(file_lock(path, refuse, is_needed=is_needed))
            if not re.fullmatch(rb"(\d{1,10}\n?)?", lock.stream.read(20)):
                raise WriteError(f"{path}: holds more than a process's number; move it away")
            lock.stream.seek(0)
            os.ftruncate(lock.stream.fileno(), 0)
            os.write(lock.stream.fileno(), f"{os.getpid()}\n".encode())
        except OSError as error:
            raise WriteError(f"{path}: could not be written: {error.strerror}") from None
        try:
            yield lock
        finally:
            with suppress(OSError):
                os.ftruncate(lock.stream.fileno(), 0)


def is_at_work(directory: Path) -> bool:
    """Whether a process has the directory's lock now; nothing is written, and nobody is kept out.

    A directory whose lock holds no process's number is not looked into further. Else the lock is
    shared for a moment, which whoever wants it waits out. False where the system knows no locks.
    """
    if sys.platform == "win32":
        return False
    import fcntl

    with suppress(OSError, ValueError):
        descriptor = os.open(directory / ".lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or not found.st_size:
                return False
            try:
                fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        finally:
            os.close(descriptor)  # and with it goes the lock
    return False


def _open_or_make(path: str, flags: int) -> int:
    return open_own(path, flags | os.O_CREAT)
