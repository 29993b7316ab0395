"""Where the parts of a graph stand: from left to right in rows, side ways on lanes of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .lanes import Lanes, Line

GAP = 26.0
"""Between two columns; lines leave a column and enter the next one in it."""
MARGIN = 22.0
"""At the ends of a row, for what goes on in the next one."""
_TURN = 8.0
"""From a column to where a line turns."""
_THIN = 12.0
"""Height of a lane on which nothing stands in a row."""
_SPACE = 10.0
"""Between two lanes."""
_BETWEEN = 22.0
"""Between two rows."""
_LAST = 1.08
"""How much wider the last row may be, so that none begins for a single layer."""
_SEARCHED = 0.65
"""From which share of a row on it may end, where few lines cross."""


class Stop(NamedTuple):
    """What is to be placed: which stops before it are read, and how far it reaches.

    width: across. up, down: from the line that enters it. end: where the lines begin that leave it,
    from there to the right and upwards.
    """

    inputs: tuple[int, ...]
    width: float
    up: float
    down: float
    end: tuple[float, float]


class Place(NamedTuple):
    """Where a stop stands: its left side at the line that enters it, and its row."""

    x: float
    y: float
    row: int


@dataclass
class Flow:
    """Stops with their places, lines as paths of SVG, the tops of the rows, and the whole extent.

    left_out: lines that there was no room for.
    """

    places: list[Place] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    tops: list[float] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    left_out: int = 0


def flow(stops: Sequence[Stop], width: float, head: float) -> Flow:
    """Rows of about that width, if each column fits into one; head: room above each row."""
    lanes = Lanes([stop.inputs for stop in stops])
    columns = [0.0] * (max(lanes.ranks) + 1)
    for stop, rank in zip(stops, lanes.ranks, strict=True):
        columns[rank] = max(columns[rank], stop.width)
    rows = _rows(columns, lanes.crossing(), width)
    lefts: list[float] = []
    found = Flow(left_out=lanes.left_out)
    levels: list[dict[int, float]] = []
    for row, (first, end) in enumerate(rows):
        x = MARGIN
        for column in columns[first:end]:
            lefts.append(x)
            x += column + GAP
        found.width = max(found.width, x - GAP + MARGIN)
        found.tops.append(found.height)
        level, found.height = _levels(stops, lanes, (first, end), found.height + head)
        levels.append(level)
        found.height += _BETWEEN if row + 1 < len(rows) else 0
    row_of = [row for row, (first, end) in enumerate(rows) for _ in range(first, end)]
    for rank, lane in zip(lanes.ranks, lanes.of, strict=True):
        row = row_of[rank]
        found.places.append(Place(lefts[rank], levels[row][lane], row))
    rights = [left + column for left, column in zip(lefts, columns, strict=True)]
    track = _Track(lanes, row_of, lefts, rights, levels, found.width)
    found.lines += [track.path(line, stops[line.source].end) for line in lanes.lines]
    return found


def _rows(columns: Sequence[float], crossing: Sequence[int], width: float) -> list[tuple[int, int]]:
    """The first column of each row, and the one after its last."""
    rows = []
    first = 0
    while first < len(columns):
        if 2 * MARGIN + sum(columns[first:]) + GAP * (len(columns) - first - 1) <= _LAST * width:
            rows.append((first, len(columns)))
            break
        ends, x = [first + 1], 2 * MARGIN + columns[first]
        for end in range(first + 2, len(columns) + 1):
            x += GAP + columns[end - 1]
            if x > width:
                break
            ends.append(end)
        late = ends[int(_SEARCHED * len(ends)) :]
        end = min(late, key=lambda end: (crossing[end - 1], -end))
        rows.append((first, end))
        first = end
    return rows


def _levels(
    stops: Sequence[Stop], lanes: Lanes, columns: tuple[int, int], top: float
) -> tuple[dict[int, float], float]:
    """The height of each lane that is used in a row, and where the row ends."""
    first, end = columns
    reach: dict[int, tuple[float, float]] = {}
    for line in lanes.lines:
        ranks = lanes.ranks[line.source], lanes.ranks[line.target]
        if ranks[0] < end and ranks[1] >= first:
            reach[line.lane] = (_THIN / 2, _THIN / 2)
    for stop, rank, lane in zip(stops, lanes.ranks, lanes.of, strict=True):
        if first <= rank < end:
            up, down = reach.get(lane, (0.0, 0.0))
            reach[lane] = max(up, stop.up), max(down, stop.down)
    level = {}
    for lane in sorted(reach):
        up, down = reach[lane]
        level[lane] = top + up
        top += up + down + _SPACE
    return level, top - _SPACE


class _Track(NamedTuple):
    """What a line needs to know to find its way."""

    lanes: Lanes
    row_of: Sequence[int]
    lefts: Sequence[float]
    rights: Sequence[float]
    levels: Sequence[dict[int, float]]
    width: float

    def path(self, line: Line, end: tuple[float, float]) -> str:
        """From the end of its source to its target; on from row to row."""
        source, target = (self.lanes.ranks[stop] for stop in line[:2])
        own, other = (self.lanes.of[stop] for stop in line[:2])
        row, last = self.row_of[source], self.row_of[target]
        level = self.levels[row]
        drawn = f"M{self.lefts[source] + end[0]:.1f} {level[own] - end[1]:.1f}V{level[own]:.1f}"
        if line.lane != own:
            drawn += f"H{self.rights[source] + _TURN:.0f}V{level[line.lane]:.1f}"
        while row < last:
            drawn += f"H{self.width:.0f}"
            row += 1
            level = self.levels[row]
            drawn += f"M0 {level[line.lane]:.1f}"
        if line.lane != other:
            drawn += f"H{self.lefts[target] - _TURN:.0f}V{level[other]:.1f}"
        return f"{drawn}H{self.lefts[target]:.1f}"
