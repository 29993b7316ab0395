"""Files that are complete or not there: written beside their place, then renamed into it."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from cnncli.errors import WriteError


def write_whole(path: Path, content: bytes) -> None:
    """Replaces the file at once; whatever happens, the old one or the new one is there.

    Raises WriteError, with the old file untouched, where the new one can not be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(path, part)
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise WriteError(f"{path}: could not be written: {error.strerror or error}") from None


def _sync_folder(folder: Path) -> None:
    """Makes the renaming itself durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
