"""What the paths of a command stand for: files of images, in folders or not, and archives."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from cnncli.datasets.formats.folder_files import walk
from cnncli.datasets.formats.images import FORMATS
from cnncli.datasets.problems import problem, unreadable
from cnncli.errors import DataError
from cnncli.text import natural

ARCHIVE = ".npz"
_REMEDY = "name a folder that holds some"


def files_of(paths: Iterable[Path | DataError]) -> Iterator[Path | DataError]:
    """Each file and error, and for a folder the images in it and below, in natural order.

    Where a folder cannot be read, or holds no images, the error stands in its place.
    """
    for path in paths:
        if isinstance(path, DataError) or not os.path.isdir(path):
            yield path
            continue
        kinds: Counter[str] = Counter()
        try:
            found = [file for file in walk(path, kinds) if file.suffix.lower() in FORMATS]
        except OSError as error:
            yield unreadable(error.filename or path, error)
            continue
        if not found:
            yield problem(path, f"images ({', '.join(FORMATS)})", "none", _REMEDY)
        yield from sorted(found, key=lambda file: natural(str(file)))


def images_in(files: Iterable[Path | DataError]) -> int | None:
    """How many images the files are; None where archives, which hold many, are among them."""
    kinds = Counter(file.suffix.lower() for file in files if isinstance(file, Path))
    return None if kinds[ARCHIVE] else sum(kinds[each] for each in FORMATS)
