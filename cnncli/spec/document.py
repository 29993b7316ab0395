"""A configuration as plain Python values, with the place of each."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cnncli.errors import Place

from .faults import Path
from .source import Source
from .yaml_nodes import Scalar


@dataclass
class Document:
    """The tree `value`, and for each path in it where the value and its key stand."""

    file: str
    value: Any
    places: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    texts: dict[Path, "Text"] = field(default_factory=dict)

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


@dataclass(frozen=True)
class Text:
    """How a text value is written in its source."""

    source: Source
    scalar: Scalar

    def locator(self, value: str) -> Callable[[int], Place]:
        """Maps offsets in the value to places: the k-th visible character to the k-th."""
        visible = [i for i, character in enumerate(value) if not character.isspace()]
        written = [offset for offset, _ in zip(self._visible(), visible, strict=False)]

        def locate(offset: int) -> Place:
            k = bisect_left(visible, offset)
            if k < len(written):
                return self.source.place(written[k])
            return self.source.place(written[-1] + 1 if written else self.scalar.start)

        return locate

    def _visible(self) -> Iterator[int]:
        """Offsets in the source of the visible characters, quotes and headers left out."""
        text, offset, style = self.source.text, self.scalar.start, self.scalar.style
        if style in ("|", ">"):
            offset = text.index("\n", offset)
        elif style:
            offset += 1
        while offset < len(text):
            length, character = _unit(text, offset, style)
            if not character.isspace():
                yield offset
            offset += length


_ESCAPE_LENGTHS = {"x": 4, "u": 6, "U": 10}
_ESCAPED_SPACES = "tnrN_LP \n\t"


def _unit(text: str, offset: int, style: str) -> tuple[int, str]:
    """How many characters of the source make the next one of the value, and what it is."""
    if style == "'" and text.startswith("''", offset):
        return 2, "'"
    if style != '"' or text[offset] != "\\":
        return 1, text[offset]
    code = text[offset + 1 : offset + 2]
    length = _ESCAPE_LENGTHS.get(code, 2)
    if length > 2:
        return length, chr(int(text[offset + 2 : offset + length], 16))
    return 2, " " if code in _ESCAPED_SPACES else code
