"""Files that are complete or not there: written beside their place, then renamed into it."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from .errors import WriteError


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
