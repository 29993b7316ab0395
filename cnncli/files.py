"""Files that are complete or not there, and the locks on them."""

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from .errors import UsageError, WriteError


def write_whole(path: Path, *pieces: bytes | memoryview, former: Path | None = None) -> None:
    """Replaces the file at once; whatever happens, the old one or the new one is there.

    pieces: what it holds, one after another. former: what the old file is called from then on;
    without it, that is dropped. Raises WriteError, with the old file untouched, where the new one
    cannot be written.
    """
    part = _part(path)
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(path, part)
        if former and path.exists():
            _call_too(path, former)
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise WriteError(f"{path}: could not be written: {error.strerror or error}") from None


def remove_part(path: Path) -> None:
    """Clears away what a writer of this file left that was killed. Nobody may be writing it."""
    with suppress(OSError):
        _part(path).unlink()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A directory that is removed after its use. Raises WriteError where none can be made."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="cnncli-")
    except OSError as error:
        raise WriteError(
            f"no directory for temporary files: {error.strerror}; TMPDIR can name another"
        ) from None
    with folder as path:
        yield Path(path)


@lru_cache(8)  # Python notes the names in new paths in a table, which grew by 940 KB in long runs
def _part(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _call_too(path: Path, name: Path) -> None:
    """Gives the file a second name, in place of what was called so before."""
    second = _part(name)
    second.unlink(missing_ok=True)
    try:
        os.link(path, second)
    except OSError:  # a file system that knows no second names
        shutil.copyfile(path, second)
    second.replace(name)
    second.unlink(missing_ok=True)  # two names of one file: to rename one to the other does nothing


def _sync_folder(folder: Path) -> None:
    """Makes the renaming itself durable."""
    if os.name == "nt":  # which opens no folders
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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


@contextmanager
def file_lock(path: Path, is_busy: Callable[[str], None]) -> Iterator[Lock]:
    """Keeps other processes out of a file, which is made where there is none, and stays.

    The system holds the lock, so that it ends with its process, however that ends; where the system
    or the file system knows no locks, there is none. is_busy: takes what is in the file where
    another process has the lock; when it returns, the lock is waited for. Raises OSError where the
    file cannot be opened.
    """
    with open(path, "r+b", buffering=0, opener=_open_or_make) as stream:
        _take(stream, is_busy)
        yield Lock(path, stream)


def _take(stream: BinaryIO, is_busy: Callable[[str], None]) -> None:
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        is_busy(os.pread(stream.fileno(), 20, 0).decode(errors="replace").strip())
        fcntl.flock(stream, fcntl.LOCK_EX)
    except OSError:
        return


@contextmanager
def directory_lock(directory: Path) -> Iterator[Lock]:
    """Keeps other processes out of a directory; its file .lock says which one is in.

    Raises UsageError where another process has it, and WriteError where the file cannot be written.
    """

    def refuse(holder: str) -> None:
        raise UsageError(
            f"{directory}: process {holder or 'unknown'} is at work there; "
            "wait for it to end, or choose another --out"
        )

    path = directory / ".lock"
    with ExitStack() as stack:
        try:
            lock = stack.enter_context(file_lock(path, refuse))
            os.ftruncate(lock.stream.fileno(), 0)
            os.write(lock.stream.fileno(), f"{os.getpid()}\n".encode())
        except OSError as error:
            raise WriteError(f"{path}: could not be written: {error.strerror}") from None
        try:
            yield lock
        finally:
            with suppress(OSError):
                os.ftruncate(lock.stream.fileno(), 0)


_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def open_nofollow(path: str, flags: int) -> int:
    """For `open` as its opener: follows no link to another's file, and waits for no pipe.

    Raises OSError for what is one.
    """
    descriptor = os.open(path, flags | _FLAGS, 0o666)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ENXIO, os.strerror(errno.ENXIO), path)
    return descriptor


def _open_or_make(path: str, flags: int) -> int:
    return open_nofollow(path, flags | os.O_CREAT)
