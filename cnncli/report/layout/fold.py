"""Blocks of layers that are repeated, each as one line."""

from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple


class Run(NamedTuple):
    """Layers that stand on one line, by their places from `start` up to before `stop`."""

    start: int
    stop: int
    label: str
    """The layer's name, or what the repeated blocks are called: `basic ×4 more`."""

    @property
    def is_block(self) -> bool:
        return self.stop - self.start > 1


def fold(names: Sequence[str], alike: Sequence[Hashable]) -> list[Run]:
    """Every layer once, alone or with those of the blocks that repeat the one above them.

    names: the dots in them tell the blocks, as in `stage1.unit2.conv1`. alike: what two layers
    have in common that stand at the same place in two blocks that are the same.
    """
    return list(_runs(names, alike, 0, len(names), 1))


def _runs(
    names: Sequence[str], alike: Sequence[Hashable], start: int, stop: int, depth: int
) -> Iterator[Run]:
    """Those of a part; depth: how many names of blocks tell its blocks apart."""

    def block(i: int) -> str | None:
        """Of a layer; None: it stands in none of that depth."""
        outer = names[i].split(".")[:-1]
        return ".".join(outer[:depth]) if len(outer) >= depth else None

    def content(part: range) -> list[tuple[str, Hashable]]:
        return [(names[i].split(".", depth)[depth], alike[i]) for i in part]

    parts = [(name, _range(group)) for name, group in groupby(range(start, stop), block)]
    same = groupby(parts, lambda each: (each[0] and content(each[1])) or each[1])
    for _, group in same:
        (first, part), *repeats = group
        if first is None:
            yield from (Run(i, i + 1, names[i]) for i in part)
            continue
        yield from _runs(names, alike, part.start, part.stop, depth + 1)
        more = [name or "" for name, _ in repeats]
        begin, end = part.stop, repeats[-1][1].stop if repeats else part.stop
        if end - begin > 1:
            yield Run(begin, end, f"{_stem([first, *more])} ×{len(more)} more")
        elif more:
            yield Run(begin, end, names[begin])


def _range(places: Iterator[int]) -> range:
    found = list(places)
    return range(found[0], found[-1] + 1)


def _stem(names: Sequence[str]) -> str:
    """What numbered names have in common, else the first one."""
    stems = {name.rstrip("0123456789") for name in names}
    return stems.pop() if len(stems) == 1 and all(stems) else names[0]
