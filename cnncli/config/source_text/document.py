"""A configuration as plain Python values, with the place of each."""

from collections import UserDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import getitem
from typing import Any, Literal

from cnncli.problems import Path, Place, Problems, nearest
from cnncli.text import show

from .nodes import Scalar
from .positions import offsets
from .source import Source


class Places(UserDict[Path, Place]):
    """Where values stand, by path; of those in the source, of which few are asked for, offsets."""

    data: dict[Path, Any]

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source

    def note(self, path: Path, offset: int) -> None:
        """Keeps the offset in the source of what is at the path."""
        self.data[path] = offset

    def __getitem__(self, path: Path) -> Place:
        known = self.data[path]
        return self._source.place(known) if isinstance(known, int) else known


@dataclass
class Document:
    """The tree `value`, and for each path in it where the value and its key stand."""

    source: Source
    value: Any
    places: Places
    keys: Places
    problems: Problems
    texts: dict[Path, Scalar] = field(default_factory=dict)
    """The texts of the source, as they are written there."""
    anchored: set[Path] = field(default_factory=set)
    """Mappings that other places of the file may refer to: what changes in them changes there."""

    def section(self, key: str, example: str) -> dict[str, Any]:
        """What the file has under the key; empty without it, or if it is no mapping (reported)."""
        value = self.value.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self.report((key,), f"{key} must be a mapping, like {example}, not {show(value)}")
        return {}

    def place(self, path: Path) -> Place:
        """Where the value at the path stands, or else the nearest one around it."""
        return nearest(self.places, path) or Place(self.source.file, 1, 1)

    def key_place(self, path: Path) -> Place:
        return self.keys.get(path) or self.place(path)

    def report(
        self,
        path: Path,
        message: str,
        severity: Literal["error", "warning"] = "error",
        at_key: bool = False,
    ) -> None:
        """Notes a problem of the value at the path, or of its key."""
        place = self.key_place(path) if at_key else self.place(path)
        self.problems.add(place, path, message, severity=severity)

    def locate(self, path: Path, value: Any) -> Callable[[int], Place]:
        """The place of an offset in a value that may be a text."""
        return self.inside(path, value) if isinstance(value, str) else lambda _: self.place(path)

    def inside(self, path: Path, value: str) -> Callable[[int], Place]:
        """A function from offsets in a text value to places in the file."""
        text = self.texts.get(path)
        if text is None:
            return lambda offset: self.place(path)
        inside = offsets(self.source.text, text, value)
        return lambda offset: self.source.place(inside(offset))

    def graft(self, path: Path, other: "Document") -> None:
        """Puts another document, with its places, at the path; what was there is forgotten."""
        holder: Any = reduce(getitem, path[:-1], self.value)
        if not isinstance(holder, dict) or path[-1] in holder:
            for old in _paths(holder[path[-1]], path):
                for known in (self.places, self.keys, self.texts):
                    known.pop(old, None)
        holder[path[-1]] = other.value
        for mine, others in ((self.places, other.places), (self.keys, other.keys)):
            mine.update({path + inner: place for inner, place in others.items()})


def _paths(value: Any, path: Path) -> Iterator[Path]:
    """The path of a value and of all that is in it."""
    yield path
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    for part, element in inner:
        yield from _paths(element, (*path, part))
