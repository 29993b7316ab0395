"""The line ends of a file, which its text does not show: kept apart, and put back."""

import re
from codecs import BOM_UTF8
from itertools import takewhile

_END = re.compile(rb"\r\n?|\n")


def line_ends(content: bytes) -> list[bytes]:
    """The end of each line but the last, which has none."""
    return _END.findall(content)


def keep_line_ends(ends: list[bytes], before: str, after: str) -> list[bytes]:
    """The ends of the text's lines after a change in one place of it.

    Lines that stay keep theirs, and a new one has that of the line before it.
    """
    old, new = before.split("\n"), after.split("\n")
    first = _common(old, new)
    last = _common(old[first:][::-1], new[first:][::-1])
    stop = max(0, len(ends) - last)
    head, inner, tail = ends[: min(first, len(new) - 1)], ends[first:stop], ends[stop:]
    missing = len(new) - 1 - len(head) - len(tail)
    usual = next(iter([*reversed(head + inner), *tail]), b"\n")
    between = (inner + [usual] * missing)[: max(missing, 0)]
    return head + between + tail[max(-missing, 0) :]


def _common(one: list[str], other: list[str]) -> int:
    """How many lines are the same from the beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def as_written(text: str, ends: list[bytes], content: bytes) -> bytes:
    """The text with these line ends, and with the byte-order mark if `content` has one."""
    mark = BOM_UTF8 if content.startswith(BOM_UTF8) else b""
    lines = zip(text.encode().split(b"\n"), [*ends, b""], strict=True)
    return mark + b"".join(line + end for line, end in lines)
