"""A configuration as plain Python values, with the place of each."""

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cnncli.problems import Path, Place, Problems

from .nodes import Scalar
from .positions import locator
from .source import Source


class Places(MutableMapping[Path, Place]):
    """Where values stand, by path; of those in the source, of which few are asked for, offsets."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._known: dict[Path, Place | int] = {}

    def note(self, path: Path, offset: int) -> None:
        """Keeps the offset in the source of what is at the path."""
        self._known[path] = offset

    def __getitem__(self, path: Path) -> Place:
        known = self._known[path]
        return self._source.place(known) if isinstance(known, int) else known

    def __setitem__(self, path: Path, place: Place) -> None:
        self._known[path] = place

    def __delitem__(self, path: Path) -> None:
        del self._known[path]

    def __contains__(self, path: object) -> bool:
        return path in self._known

    def __iter__(self) -> Iterator[Path]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


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

    def place(self, path: Path) -> Place:
        """Where the value at the path stands, or else the nearest one around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path) or Place(self.source.file, 1, 1)

    def key_place(self, path: Path) -> Place:
        """Where the key at the path stands."""
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

    def inside(self, path: Path, value: str) -> Callable[[int], Place]:
        """A function from offsets in a text value to places in the file."""
        text = self.texts.get(path)
        if text is None:
            return lambda offset: self.place(path)
        return locator(self.source, text, value)

    def graft(self, path: Path, other: "Document") -> None:
        """Puts another document, with its places, at the path; what was there is forgotten."""
        holder: Any = self.value
        for part in path[:-1]:
            holder = holder[part]
        if not isinstance(holder, dict) or path[-1] in holder:
            for old in _paths(holder[path[-1]], path):
                for known in (self.places, self.keys, self.texts):
                    known.pop(old, None)
        holder[path[-1]] = other.value
        self.places.update({path + inner: place for inner, place in other.places.items()})
        self.keys.update({path + inner: place for inner, place in other.keys.items()})


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
