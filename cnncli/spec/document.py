"""A configuration as plain Python values, with the place of each."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cnncli.errors import Place

from .faults import Path
from .yaml_text import Text


@dataclass
class Document:
    """The tree `value`, and for each path in it where the value and its key stand."""

    file: str
    value: Any
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, Text] = field(default_factory=dict)
    anchored: set[Path] = field(default_factory=set)
    """Mappings that other places of the file may refer to: what changes in them changes there."""

    def place(self, path: Path) -> Place:
        """Where the value at the path stands, or else the nearest one around it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1, 1))

    def key_place(self, path: Path) -> Place:
        """Where the key at the path stands."""
        return self.keys.get(path) or self.place(path)

    def inside(self, path: Path, value: str) -> Callable[[int], Place]:
        """A function from offsets in a text value to places in the file."""
        text = self.texts.get(path)
        if text is None:
            return lambda offset: self.place(path)
        return text.locator(value)

    def graft(self, path: Path, other: "Document") -> None:
        """Puts another document's places at the path; what was there is forgotten."""
        for own, new in (
            (self.places, other.places),
            (self.keys, other.keys),
            (self.texts, other.texts),
        ):
            _graft(own, new, path)


def _graft(own: dict[Path, Any], new: dict[Path, Any], path: Path) -> None:
    for old in [p for p in own if p[: len(path)] == path]:
        del own[old]
    own.update({path + inner: value for inner, value in new.items()})
