"""Files that are complete or not there, and the locks on them."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from .errors import UsageError, WriteError


def write_whole(path: Path, *pieces: bytes | memoryview, former: Path | None = None) -> None:
    """Replaces the file at once; whatever happens, the old one or the new one is there.

    pieces: what it holds, one after another. former: what the old file is called from then on;
    without it, that is dropped. Raises WriteError, with the old file untouched, where the new one
    can not be written.
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
    """A directory that is removed behind its use. Raises WriteError where none can be made."""
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


_FLAGS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def plainly(path: str | os.PathLike[str], flags: int) -> int:
    """For `open` as its opener: follows no link to another's file, and waits for no pipe.

    Raises OSError for what is one.
    """
    return os.open(path, flags | _FLAGS, 0o666)
