"""The files of a set: from a folder, whoever wrote them, or from a published .tar.gz archive."""

import stat
from collections.abc import Collection
from io import BytesIO
from pathlib import Path

from cnncli.bounds import MAX_FILE_BYTES
from cnncli.datasets.download.published_file import PublishedFile, read_published
from cnncli.datasets.problems import problem, unreadable


def read_folder(folder: Path, names: Collection[str], remedy: str) -> dict[str, bytes]:
    """The bytes of the named files. Raises DataError for one that is missing or unreadable."""
    size = sum(_size(folder / name, remedy) for name in names)
    if size > MAX_FILE_BYTES:
        raise problem(folder, f"at most {MAX_FILE_BYTES:,} bytes", f"{size:,}", remedy)
    try:
        return {name: (folder / name).read_bytes() for name in names}
    except OSError as error:
        raise unreadable(error.filename, error) from None


def _size(path: Path, remedy: str) -> int:
    """Of a file, which must be one."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise problem(path, "a file", "none", remedy) from None
    except OSError as error:
        raise unreadable(path, error) from None
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        raise problem(path, "a file", "a pipe or a device", remedy)
    return status.st_size


def read_archive(
    path: Path, published: PublishedFile, folder: str, names: Collection[str], remedy: str
) -> dict[str, bytes]:
    """The bytes of the members FOLDER/NAME, without unpacking anything else.

    Raises DataError for any archive but the published one, before it is opened.
    """
    import tarfile

    content = read_published(path, published, remedy)
    found = {}
    with tarfile.open(fileobj=BytesIO(content), mode="r|gz") as archive:
        for member in archive:
            parent, _, name = member.name.removeprefix("./").rpartition("/")
            stream = archive.extractfile(member) if parent == folder and name in names else None
            if stream:
                found[name] = stream.read()
    return found
