"""A configuration file's text, and the line and column of each of its characters."""

import os
import stat
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from itertools import accumulate, islice
from pathlib import Path as FilePath
from typing import TypeAlias

from cnncli.bounds import MAX_BYTES, MAX_PATH_BYTES
from cnncli.errors import UsageError
from cnncli.problems import ConfigError, Place, Problem
from cnncli.shipped.configurations import Shipped, suggestion
from cnncli.text import LOOKED_AT, ForeignPath, closest, show

from .scalars import UNPRINTABLE


def fatal(place: Place, message: str, path: str = "") -> ConfigError:
    """The error for a file that cannot be read on."""
    return ConfigError([Problem(place, path, message)])


class Source:
    """A text with the places of its characters; `override` is the place of all of them.

    content: the bytes that it was read from.
    """

    def __init__(
        self, text: str, file: str, override: Place | None = None, content: bytes = b""
    ) -> None:
        self.text = text
        self.file = file
        self.override = override
        self.content = content
        self._lines = text.split("\n")
        self._places: dict[int, Place] = {}

    @cached_property
    def _line_starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self._lines[:-1]), initial=0))

    def place(self, offset: int) -> Place:
        """Line and column, from 1, of the character at the offset."""
        if self.override:
            return self.override
        place = self._places.get(offset)
        if place is None:
            line = bisect_right(self._line_starts, offset)
            column = offset - self._line_starts[line - 1] + 1
            place = self._places[offset] = Place(self.file, line, column, self._lines[line - 1])
        return place


def read_source(path: FilePath) -> Source:
    """The file's text, with every line end as one character.

    Raises UsageError if the file cannot be read, ConfigError if it is not a text of at most 1 MiB.
    """
    file = path.source if isinstance(path, Shipped) else path
    return decode(_content(file, path, suggestion), str(path))


Read: TypeAlias = "Callable[[FilePath, FilePath], Source]"
"""Reads a file that another one in the folder names. Raises as `read_below` does."""


def path_below(folder: FilePath, name: str) -> FilePath:
    """The path of what a file in the folder names. Raises UsageError where it is none in there."""
    relative = ForeignPath(name)
    is_path = name and "\0" not in name and len(name.encode(errors="replace")) < MAX_PATH_BYTES
    if not is_path or relative.anchor or ".." in relative.parts:
        raise UsageError(
            f"{show(name)} is no path inside the folder of the file that names it; put the file "
            "there, and name it like blocks/residual.yaml"
        )
    return ForeignPath(folder) / relative


def read_below(path: FilePath, folder: FilePath) -> Source:
    """The text of a file that must lie in the folder, as links lead.

    Raises UsageError where it does not, or cannot be read, ConfigError as above.
    """
    try:
        real, root = map(os.path.realpath, (path, folder))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    if os.path.commonpath((root, real)) != root:
        message = "a link leads out of the folder of the file that names it; put a file there"
        raise UsageError(f"{path}: {message}")
    return decode(_content(ForeignPath(real), path, _meant), str(path))


def _meant(path: FilePath) -> str:
    """What to say beside that there is no such file: which one of its folder may be meant."""
    try:
        with os.scandir(path.parent) as entries:
            names = [ForeignPath(entry.name) for entry in islice(entries, LOOKED_AT)]
    except (OSError, ValueError):
        return ""
    by_stem = {name.stem: name for name in names if name.suffix in (".yaml", ".yml")}
    found = closest(path.stem, by_stem)
    return f"; did you mean {path.parent / by_stem[found]}?" if found else ""


def _content(
    file: FilePath, path: FilePath, hint: Callable[[FilePath], str] = lambda path: ""
) -> bytes:
    """A file's bytes, up to one more than it may have; `path` is what messages call it."""
    try:
        mode = os.stat(file).st_mode
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
            raise UsageError(f"{path}: this is a pipe or a device, not a configuration file")
        with open(file, "rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file{hint(path)}") from None
    except IsADirectoryError:
        raise UsageError(f"{path}: this is a directory, not a configuration file") from None
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None


def _unreadable(path: FilePath, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(f"{path}: the file cannot be read: {reason}")


def check_size(size: int, file: str) -> None:
    """Raises ConfigError where a file of so many bytes is none of ours."""
    if size > MAX_BYTES:
        message = "the file is larger than 1 MiB; a configuration is a short text"
        raise fatal(Place(file, 1, 1), message)


def decode(content: bytes, file: str) -> Source:
    """A file's bytes as text, with every line end as one character.

    Raises ConfigError if they are not a text of at most 1 MiB.
    """
    check_size(len(content), file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = f"the file is not UTF-8 (byte {error.start}); save it as UTF-8"
        raise fatal(Place(file, line), message) from None
    source = Source(text.replace("\r\n", "\n").replace("\r", "\n"), file, content=content)
    if found := UNPRINTABLE.search(source.text):
        message = f"the character U+{ord(found[0]):04X} is not allowed in a text; remove it"
        raise fatal(source.place(found.start()), message)
    return source
