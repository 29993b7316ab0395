"""Where the characters of a text value stand in its source, quotes and escapes left out."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cnncli.errors import Place

from .source import Source
from .yaml_nodes import Scalar


@dataclass(frozen=True)
class Text:
    """How a text value is written in its source."""

    source: Source
    scalar: Scalar

    def locator(self, value: str) -> Callable[[int], Place]:
        """Maps offsets in the value to places."""
        inside = offsets(self.source.text, self.scalar, value)
        return lambda offset: self.source.place(inside(offset))


def offsets(text: str, scalar: Scalar, value: str) -> Callable[[int], int]:
    """Maps offsets in a value to those in its source: the k-th visible character to the k-th."""
    visible = [i for i, character in enumerate(value) if not character.isspace()]
    shown = _visible(text, scalar)
    written = [offset for offset, _ in zip(shown, visible, strict=False)]

    def locate(offset: int) -> int:
        k = bisect_left(visible, offset)
        if k < len(written):
            return written[k]
        return written[-1] + 1 if written else scalar.start

    return locate


def _visible(text: str, scalar: Scalar) -> Iterator[int]:
    """Offsets in the text of the visible characters, quotes and headers left out."""
    offset, style = scalar.start, scalar.style
    if style in ("|", ">"):
        end = text.find("\n", offset)
        offset = len(text) if end < 0 else end
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
