"""Reading the files of a set: from a folder, or from a .tar.gz archive without unpacking it."""

import stat
from collections.abc import Collection
from pathlib import Path

from cnncli.datasets.problems import fault, unreadable

from .expansion import most_from
from .gzip_stream import GZIP, Source, UnzipError, unzipped
from .tar import TarError, read_members

MOST_BYTES = 3 * 2**26
"""The most that is read of a set's files, or taken out of an archive: CIFAR's hold 186 million."""


def read_folder(folder: Path, names: Collection[str], remedy: str) -> dict[str, bytes]:
    """The bytes of the named files. Raises DataError for one that is missing or unreadable."""
    size = sum(_size(folder / name, remedy) for name in names)
    if size > MOST_BYTES:
        raise fault(folder, f"at most {MOST_BYTES:,} bytes", f"{size:,}", remedy)
    try:
        return {name: (folder / name).read_bytes() for name in names}
    except OSError as error:
        raise unreadable(error.filename, error) from None


def _size(path: Path, remedy: str) -> int:
    """Of a file, which must be one."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise fault(path, "a file", "none", remedy) from None
    except OSError as error:
        raise unreadable(path, error) from None
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise fault(path, "a file", "a pipe or a device", remedy)
    return status.st_size


def read_archive(
    archive: Path, folder: str, names: Collection[str], remedy: str
) -> dict[str, bytes]:
    """The bytes of the members FOLDER/NAME; nothing else is kept, and nothing is written.

    Raises DataError if one is missing, or if the archive is damaged or unreasonably large.
    """
    wanted = {f"{folder}/{name}": name for name in names}
    most = MOST_BYTES
    try:
        with archive.open("rb") as file:
            most = min(most, most_from(archive.stat().st_size))
            bounded = _Bounded(unzipped(file, GZIP), most)
            found = read_members(bounded, wanted)
            while bounded.read(2**20):  # To the end, where the checksum is.
                pass
    except _TooLarge:
        raise fault(archive, f"at most {most:,} bytes", "more", remedy) from None
    except (TarError, UnzipError) as error:
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
    """A stream that refuses to give more than `most` bytes, whatever an archive's headers say."""

    def __init__(self, stream: Source, most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes, or fewer at the end."""
        self._left -= size
        if self._left < 0:
            raise _TooLarge
        return self._stream.read(size)
