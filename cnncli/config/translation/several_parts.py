"""SPLIT with several outputs, as other programs have it: the lines that are written here."""

import re
from collections.abc import Sequence
from typing import Any

_COUNTS = frozenset(
    ("parts", "chunks", "n", "num", "number", "groups", "numsplits", "numorsizesplits", "sections",
     "indicesorsections", "splitsizeorsections", "sizes", "splits", "outputs", "into")
)  # fmt: skip
_SHOWN = 8
_PART = re.compile(r"(?P<name>.+?)(?:\.|\[|:)(?P<index>[0-9]{1,4})\]?")


def are_parts(key: str | None, value: Any) -> bool:
    """Whether a key of SPLIT, or a value without one, says how many parts there are."""
    word = None if key is None else re.sub(r"[\W_]", "", key).lower()
    if word is not None and word not in _COUNTS:
        return False
    sizes = value if isinstance(value, list) else [value]
    least = 1 if isinstance(value, list) else 2
    return len(sizes) > 0 and all(type(size) is int and size >= least for size in sizes)


def explain_parts(value: int | list[int], name: str | None, sources: Sequence[str | int]) -> str:
    """The message, with a line for each part; value: how many, or the channels of each.

    name: what the file calls them together. sources: what SPLIT reads; empty: the layer before.
    """
    ranges = _ranges(value)
    source = sources[0] if sources else -1
    lines = []
    for i, channels in enumerate(ranges[:_SHOWN]):
        reads = source - i if isinstance(source, int) else source
        given = [channels, *([f"name={name}{i + 1}"] if name else [])]
        lines.append(f"- SPLIT({', '.join(given + [f'from={reads}'] * (reads != -1))})")
    lines += ["- ..."] * (len(ranges) > _SHOWN)
    last = f"Read them as {name}1, {name}2 in from:." if name else "Name them, for from:."
    return "\n".join(("SPLIT gives one part; write one for each:", *lines, last))


def _ranges(value: int | list[int]) -> list[str]:
    if isinstance(value, int):
        return [f"part={i + 1}/{value}" for i in range(min(value, _SHOWN + 1))]
    ends = [sum(value[: i + 1]) for i in range(min(len(value), _SHOWN + 1))]
    return [f"channels={end - size}..{end - 1}" for end, size in zip(ends, value, strict=False)]


def part_of(asked: str) -> tuple[str, str] | None:
    """The name in `s.1` or `s[1]`, and what that part is called here: `s2`."""
    found = _PART.fullmatch(asked)
    return (found["name"], f"{found['name']}{int(found['index']) + 1}") if found else None
