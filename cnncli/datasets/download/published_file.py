"""A published file, and whether a file is the one that was published."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cnncli.datasets.problems import fault, unreadable


@dataclass(frozen=True)
class Remote:
    """A published file: where it is, and by what it is known.

    size: in bytes. sha256: in hexadecimal digits. folder: where it lies below a data root, or
    below a mirror.
    """

    base: str
    file: str
    size: int
    sha256: str
    folder: str = ""


def check(path: Path, remote: Remote, name: str | Path, remedy: str) -> None:
    """Raises DataError, which calls the file by that name, unless it is what was published."""
    size, found = path.stat().st_size, _sha256(path)
    if (size, found) != (remote.size, remote.sha256):
        expected = f"{remote.size:,} bytes with SHA-256 {remote.sha256}"
        raise fault(name, expected, f"{size:,} with {found}", remedy)


def is_published(path: Path, remote: Remote) -> bool:
    """The file is there, and is the one that was published. Raises DataError if none can tell."""
    try:
        is_sized = path.is_file() and path.stat().st_size == remote.size
        return is_sized and _sha256(path) == remote.sha256
    except OSError as error:
        raise unreadable(path, error) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
