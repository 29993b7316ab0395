"""A published file, and whether a file is the one that was published."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cnncli.datasets.problems import problem, unreadable


@dataclass(frozen=True)
class PublishedFile:
    """A file by what its authors published: where it is, its size in bytes, its digest in hex.

    base: the address before its name; none where it is not fetched. folder: where it lies below a
    data root, or below a mirror.
    """

    base: str
    file: str
    size: int
    sha256: str
    folder: str = ""

    @property
    def expected(self) -> str:
        return f"{self.size:,} bytes with SHA-256 {self.sha256}"


def check(path: Path, published: PublishedFile, name: str | Path, remedy: str) -> None:
    """Raises DataError, which calls the file by that name, unless it is what was published."""
    size, found = path.stat().st_size, _sha256(path)
    if (size, found) != (published.size, published.sha256):
        raise problem(name, published.expected, f"{size:,} with {found}", remedy)


def is_published(path: Path, published: PublishedFile) -> bool:
    """The file is there, and as published. Raises DataError where that cannot be read."""
    try:
        is_sized = os.path.isfile(path) and path.stat().st_size == published.size
        return is_sized and _sha256(path) == published.sha256
    except OSError as error:
        raise unreadable(path, error) from None


def read_published(path: Path, published: PublishedFile, remedy: str) -> bytes:
    """The file's bytes, which are those that were published: the digest is taken of what is given.

    Raises DataError for any others; a file of another size is not read.
    """
    try:
        size = path.stat().st_size
        if size != published.size:
            raise problem(path, published.expected, f"{size:,}", remedy)
        with path.open("rb") as stream:
            content = stream.read(published.size + 1)
    except OSError as error:
        raise unreadable(path, error) from None
    found = hashlib.sha256(content).hexdigest()
    if found != published.sha256:
        raise problem(path, published.expected, f"{len(content):,} with {found}", remedy)
    return content


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
