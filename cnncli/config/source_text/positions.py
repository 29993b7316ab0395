"""Where the characters of a text value stand in its source, quotes and escapes left out."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator

from .nodes import Scalar

_VISIBLE = re.compile(r"\S")
_BLOCKS = ("|", ">")
_ESCAPES = {"'": "'", '"': "\\"}
"""What an escape begins with in either quotes."""
_UNITS = {
    "'": re.compile(r"''|\S"),
    '"': re.compile(
        r"\\(?:x(?P<x>..)|u(?P<u>.{4})|U(?P<U>.{8})|(?P<space>[tnrN_LP \n\t])|.)|\S", re.DOTALL
    ),
}
"""What makes one character of the value, by the style in which it is written."""


def offsets(text: str, scalar: Scalar, value: str) -> Callable[[int], int]:
    """Maps offsets in a value to those in its source: the k-th visible character to the k-th."""
    start = scalar.start + len(scalar.style)
    if _is_as_it_stands(text, start, scalar.style, value):
        return lambda offset: start + _next_visible(value, offset)
    visible = [found.start() for found in _VISIBLE.finditer(value)]
    shown = _visible(text, scalar)
    written = [offset for offset, _ in zip(shown, visible, strict=False)]

    def locate(offset: int) -> int:
        k = bisect_left(visible, offset)
        if k < len(written):
            return written[k]
        return written[-1] + 1 if written else scalar.start

    return locate


def _is_as_it_stands(text: str, start: int, style: str, value: str) -> bool:
    """Whether the value's characters, not all of them blank, stand one by one from `start` on."""
    if style in _BLOCKS or (style and _ESCAPES[style] in value):
        return False
    return text.startswith(value, start) and _VISIBLE.search(value) is not None


def _next_visible(value: str, offset: int) -> int:
    """Where the first visible character from the offset on stands, or where the last one ends."""
    found = _VISIBLE.search(value, offset)
    return found.start() if found else len(value.rstrip())


def _visible(text: str, scalar: Scalar) -> Iterator[int]:
    """Offsets in the text of the visible characters, quotes and headers left out."""
    offset, style = scalar.start, scalar.style
    if style in _BLOCKS:
        end = text.find("\n", offset)
        offset = len(text) if end < 0 else end
    elif style:
        offset += 1
    for found in _UNITS.get(style, _VISIBLE).finditer(text, offset):
        escape = found.lastgroup
        if not escape or (escape != "space" and not chr(int(found[escape], 16)).isspace()):
            yield found.start()
