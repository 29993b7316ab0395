"""Pictures of numbers in characters, for a terminal: bars, shades of a matrix, and curves."""

from collections.abc import Sequence
from itertools import pairwise
from math import exp, log
from typing import NamedTuple

from cnncli.bounds import MAX_SUM

from .layout.words import width

Point = tuple[float, float]


class Signs(NamedTuple):
    """What is drawn with."""

    bar: str
    """Parts of a block, the last one a whole one."""
    shades: str
    """From none to all."""
    first: str
    second: str
    both: str
    """Points of the first curve, of the second, and of both."""
    corner: str
    side: str
    floor: str


_BLOCKS = Signs("▏▎▍▌▋▊▉█", " ░▒▓█", "●", "○", "◉", "└", "│", "─")
_WHOLE = Signs("█", " ░▒▓█", "*", "o", "@", "└", "│", "─")
_ASCII = Signs("#", " .:+#", "*", "o", "@", "+", "|", "-")


def signs_of(encoding: str | None) -> Signs:
    """The best that an encoding has; ASCII where it has no blocks, or none is known."""
    for signs in (_BLOCKS, _WHOLE):
        try:
            "".join(signs).encode(encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            continue
        return signs
    return _ASCII


_LONGEST, _SHORTEST = 40, 4
"""Characters of a whole bar, at most and at least."""


def bars(rows: Sequence[tuple[str, float | None]], signs: Signs, columns: int = 80) -> str:
    """A line for each share of 1, with its name and its number; None: there is none."""
    names = _aligned([name for name, _ in rows])
    most = max(_SHORTEST, min(_LONGEST, columns - width(names[0]) - 10))
    lines = (
        f"{name}  {'     -' if share is None else f'{share:.4f}'}  {_bar(share or 0, most, signs)}"
        for name, (_, share) in zip(names, rows, strict=True)
    )
    return "\n".join(line.rstrip() for line in lines)


def _bar(share: float, most: int, signs: Signs) -> str:
    """A share that is not 0 has a part of a block at least; only a whole one fills the bar."""
    parts = len(signs.bar)
    filled = round(share * most * parts)
    if 0 < share < 1:
        filled = min(max(filled, 1), most * parts - 1)
    whole, part = divmod(filled, parts)
    return signs.bar[-1] * whole + (signs.bar[part - 1] if part else "")


def _aligned(names: Sequence[str]) -> list[str]:
    most = max(map(width, names))
    return [name + " " * (most - width(name)) for name in names]


_FROM = (0.0, 0.05, 0.25, 0.75)
"""Above these shares of its row a cell has the next darker shade."""


def shades(
    names: Sequence[str], rows: Sequence[Sequence[int]], signs: Signs, columns: int = 80
) -> str | None:
    """A square matrix of counts, each cell as its share of its row.

    None: it does not fit so many columns.
    """
    shown = _aligned(names)
    room = columns - width(shown[0]) - 2
    if len(names) > room:
        return None
    cell = 2 if 2 * len(names) <= room else 1
    lines = []
    for name, row in zip(shown, rows, strict=True):
        total = sum(row) or 1
        cells = (signs.shades[sum(n / total > least for least in _FROM)] * cell for n in row)
        lines.append(f"{name}  {''.join(cells)}".rstrip())
    return "\n".join(lines)


def shades_legend(signs: Signs) -> str:
    """What the shades stand for."""
    ends = ("5 %", "25 %", "75 %", "100 %")
    first, *others = (f"{s} {end}" for s, end in zip(signs.shades[1:], ends, strict=True))
    return f"up to {', '.join((first, *others))}"


_HEIGHT = 9
_WIDEST, _NARROWEST = 72, 20
"""Columns of a curve, at most and at least."""
_RATIO = 20
"""Of the largest value to the smallest, from which on the axis is logarithmic."""


def curves(
    first: Sequence[Point], second: Sequence[Point], signs: Signs, columns: int = 80
) -> list[str]:
    """One curve or two, as lines with the values at the side and the places below.

    Points are (place, value); those that are no numbers, or huge, are left out. Empty where there
    are fewer than two places, or no room.
    """
    both = [[p for p in points if all(abs(n) < MAX_SUM for n in p)] for points in (first, second)]
    places = [x for points in both for x, _ in points]
    if not places or min(places) == max(places):
        return []
    values = [y for points in both for _, y in points]
    low, high = min(values), max(values)
    is_log = low > 0 and high > _RATIO * low
    scale = log if is_log else float
    span = (scale(high) - scale(low)) or 1.0
    labels = _labels(low, high, is_log)
    side = max(map(len, labels.values()))
    columns = min(columns - side - 2, _WIDEST)
    if columns < _NARROWEST:
        return []
    grid = [[" "] * columns for _ in range(_HEIGHT)]
    start, end = min(places), max(places)
    for points, sign in zip(both, (signs.first, signs.second), strict=True):
        for column, value in _at_columns(points, start, end, columns):
            row = round((scale(high) - scale(value)) / span * (_HEIGHT - 1))
            grid[row][column] = sign if grid[row][column] in (" ", sign) else signs.both
    lines = [
        f"{labels.get(i, ''):>{side}} {signs.side}{''.join(row)}".rstrip()
        for i, row in enumerate(grid)
    ]
    begin, last = f"{start:,.0f}", f"{end:,.0f}"
    return [
        *lines,
        f"{'':{side}} {signs.corner}{signs.floor * columns}",
        f"{'':{side}}  {begin}{last:>{columns - len(begin)}}",
    ]


def _labels(low: float, high: float, is_log: bool) -> dict[int, str]:
    """The numbers of the top, the middle and the lowest line."""
    middle = exp((log(low) + log(high)) / 2) if is_log else low / 2 + high / 2
    values = {0: high} if low == high else {0: high, _HEIGHT // 2: middle, _HEIGHT - 1: low}
    return {line: f"{value:.3g}" for line, value in values.items()}


def _at_columns(
    points: Sequence[Point], start: float, end: float, columns: int
) -> list[tuple[int, float]]:
    """The curve's value at each column: the mean of its points there, else between its neighbours.

    Ends where the points end.
    """
    found: dict[int, list[float]] = {}
    for x, y in points:
        found.setdefault(round((x - start) / (end - start) * (columns - 1)), []).append(y)
    known = [(column, sum(ys) / len(ys)) for column, ys in sorted(found.items())]
    curve = known[:1]
    for (a, before), (b, after) in pairwise(known):
        curve += [(x, before + (after - before) * (x - a) / (b - a)) for x in range(a + 1, b)]
        curve.append((b, after))
    return curve
