"""Reading the files of a set: from a folder, or from a .tar.gz archive without unpacking it."""

import gzip
import tarfile
import zlib
from collections.abc import Collection
from pathlib import Path
from typing import IO, Any

from .faults import fault, unreadable

MOST_BYTES = 2**30
"""The most that is taken out of an archive: six times what CIFAR's hold."""


def read_folder(folder: Path, names: Collection[str], remedy: str) -> dict[str, bytes]:
    """The bytes of the named files. Raises DataError for one that is missing or unreadable."""
    return {name: read_file(folder / name, remedy) for name in names}


def read_file(path: Path, remedy: str) -> bytes:
    """All bytes of a file."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise fault(path, "a file", "none", remedy) from None
    except OSError as error:
        raise unreadable(path, error) from None


def read_archive(
    archive: Path, folder: str, names: Collection[str], remedy: str
) -> dict[str, bytes]:
    """The bytes of the members FOLDER/NAME; nothing else is kept, and nothing is written.

    Raises DataError if one is missing, or if the archive is damaged or unreasonably large.
    """
    wanted = {f"{folder}/{name}": name for name in names}
    found: dict[str, bytes] = {}
    try:
        with gzip.open(archive) as unzipped:
            bounded: Any = _Bounded(unzipped)
            with tarfile.open(fileobj=bounded, mode="r|") as tar:
                for member in tar:
                    name = wanted.pop(member.name.removeprefix("./"), None)
                    content = tar.extractfile(member) if name and member.isreg() else None
                    if name and content:
                        found[name] = content.read()
            while bounded.read(2**20):  # To the end, where gzip compares its checksum.
                pass
    except _TooLarge:
        raise fault(archive, f"at most {MOST_BYTES:,} bytes", "more", remedy) from None
    except (gzip.BadGzipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise fault(archive, "a whole .tar.gz archive", f"damage ({error})", remedy) from None
    except OSError as error:
        raise unreadable(archive, error) from None
    for name in names:
        if name not in found:
            raise fault(archive, f"the file {folder}/{name}", "none", remedy)
    return found


class _TooLarge(Exception):
    pass


class _Bounded:
    """A stream that refuses to give more than MOST_BYTES, whatever an archive's headers say."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end."""
        self._left -= size
        if self._left < 0:
            raise _TooLarge
        return self._stream.read(size)
