"""Runs of equal texts, written once."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cnncli.bounds import MAX_REPEATED
from cnncli.config.source_text.dump import flow

WIDTH = 90
"""Columns of a line."""


class Repeat(NamedTuple):
    """What stands so many times one after another."""

    items: "tuple[str | Repeat, ...]"
    times: int


def folded(texts: Sequence[str]) -> tuple[str | Repeat, ...]:
    """Texts with their repeats; from the left always the one that spares most."""
    found: list[str | Repeat] = []
    at = 0
    while at < len(texts):
        length, times = _best(texts, at)
        if times == 1:
            found.append(texts[at])
        else:
            found.append(Repeat(folded(texts[at : at + length]), times))
        at += length * times
    return tuple(found)


def _best(texts: Sequence[str], at: int) -> tuple[int, int]:
    """Length and number of the repeats that begin at a place; 1, 1: none do."""
    best = 1, 1
    for length in range(1, min(MAX_REPEATED, (len(texts) - at) // 2) + 1):
        unit, times = texts[at : at + length], 1
        while texts[at + times * length : at + (times + 1) * length] == unit:
            times += 1
        if (times - 1) * length > (best[1] - 1) * best[0]:
            best = length, times
    return best


def joined(items: Sequence[str | Repeat]) -> Iterator[str]:
    """Patterns of at most WIDTH columns, if an item is not longer, as YAML takes them in a list."""
    line: list[str] = []
    for text in map(_text, items):
        if line and len(" -> ".join([*line, text])) > WIDTH:
            yield _quoted(" -> ".join(line))
            line = []
        line.append(text)
    if line:
        yield _quoted(" -> ".join(line))


def _quoted(text: str) -> str:
    """In quotes where YAML would take it for a list or a mapping."""
    return flow(text) if text.startswith("[") or ": " in text else text


def _text(item: str | Repeat) -> str:
    """`[a -> b]*2`."""
    if isinstance(item, str):
        return item
    inner = " -> ".join(map(_text, item.items))
    is_one = len(item.items) == 1 and isinstance(item.items[0], str)
    return f"{inner}*{item.times}" if is_one else f"[{inner}]*{item.times}"
