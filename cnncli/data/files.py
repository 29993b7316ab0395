"""Reading the files of a set: from a folder, or from a .tar.gz archive without unpacking it."""

import gzip
import zlib
from collections.abc import Collection
from pathlib import Path

from .faults import fault, unreadable
from .tar import Stream, TarError, read_members

MOST_BYTES = 2**28
"""The most that is read of a file, or taken out of an archive: CIFAR's hold 186 million."""


def read_folder(folder: Path, names: Collection[str], remedy: str) -> dict[str, bytes]:
    """The bytes of the named files. Raises DataError for one that is missing or unreadable."""
    return {name: read_file(folder / name, remedy) for name in names}


def read_file(path: Path, remedy: str) -> bytes:
    """All bytes of a file. Raises DataError where it is missing, unreadable or too large."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise fault(path, "a file", "a pipe or a device", remedy)
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise fault(path, "a file", "none", remedy) from None
    except OSError as error:
        raise unreadable(path, error) from None
    if len(content) > MOST_BYTES:
        raise fault(path, f"at most {MOST_BYTES:,} bytes", "more", remedy)
    return content


def read_archive(
    archive: Path, folder: str, names: Collection[str], remedy: str
) -> dict[str, bytes]:
    """The bytes of the members FOLDER/NAME; nothing else is kept, and nothing is written.

    Raises DataError if one is missing, or if the archive is damaged or unreasonably large.
    """
    wanted = {f"{folder}/{name}": name for name in names}
    try:
        with gzip.open(archive) as unzipped:
            bounded = _Bounded(unzipped)
            found = read_members(bounded, wanted)
            while bounded.read(2**20):  # To the end, where gzip compares its checksum.
                pass
    except _TooLarge:
        raise fault(archive, f"at most {MOST_BYTES:,} bytes", "more", remedy) from None
    except (gzip.BadGzipFile, TarError, zlib.error, EOFError) as error:
        raise fault(archive, "a whole .tar.gz archive", f"damage ({error})", remedy) from None
    except OSError as error:
        raise unreadable(archive, error) from None
    for member in wanted:
        if member not in found:
            raise fault(archive, f"the file {member}", "none", remedy)
    return {name: found[member] for member, name in wanted.items()}


class _TooLarge(Exception):
    pass


class _Bounded:
    """A stream that refuses to give more than MOST_BYTES, whatever an archive's headers say."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._left = MOST_BYTES

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes, or fewer at the end."""
        self._left -= size
        if self._left < 0:
            raise _TooLarge
        return self._stream.read(size)
