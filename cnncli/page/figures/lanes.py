"""On which lane each part of a graph stands, and the lines between them go past others."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

_LANES = 12
"""On which a line may pass others by; one that finds none is not drawn."""
_LINES = 1_000


class Line(NamedTuple):
    """From one stop to another; between them it goes along the lane."""

    source: int
    target: int
    lane: int


class Lanes:
    """The columns and lanes of stops, and lines that nothing stands in the way of.

    A stop stands in the column after those of all that it reads, and goes on along the lane of the
    first of them that nothing has gone on from.
    """

    def __init__(self, inputs: Sequence[Sequence[int]]) -> None:
        """inputs: of each stop, all of which are before it."""
        self.ranks: list[int] = []
        self.of: list[int] = []
        self.lines: list[Line] = []
        self.left_out = 0
        self._busy: dict[int, int] = defaultdict(int)
        """A bit for each column in which a lane is taken."""
        straight: dict[int, int] = {}
        for i, sources in enumerate(inputs):
            self.ranks.append(1 + max((self.ranks[source] for source in sources), default=-1))
            source = self._before(sources, straight)
            if source is None:
                lane = self._free(1 << self.ranks[i])
                self._busy[lane] |= 1 << self.ranks[i]
            else:
                lane, straight[source] = self.of[source], i
                self._busy[lane] |= self._between(source, i) | 1 << self.ranks[i]
            self.of.append(lane)
        pairs = [(source, i) for i, sources in enumerate(inputs) for source in sources]
        for source, target in sorted(
            pairs, key=lambda pair: self.ranks[pair[1]] - self.ranks[pair[0]]
        ):
            self._join(source, target, is_straight=straight.get(source) == target)

    def _before(self, sources: Sequence[int], straight: dict[int, int]) -> int | None:
        """Whose lane the newest stop takes over."""
        own = 1 << self.ranks[-1]
        for source in sources:
            needed = self._between(source, len(self.ranks) - 1) | own
            if source not in straight and not self._busy[self.of[source]] & needed:
                return source
        return None

    def _join(self, source: int, target: int, *, is_straight: bool) -> None:
        between, own, other = self._between(source, target), self.of[source], self.of[target]
        if len(self.lines) == _LINES:
            self.left_out += 1
        elif is_straight or not between:
            self.lines.append(Line(source, target, other))
        else:
            near = [lane for lane in (own, other) if not self._busy[lane] & between]
            lane = near[0] if near else self._free(between)
            if lane >= _LANES and not near:
                self.left_out += 1
            else:
                self._busy[lane] |= between
                self.lines.append(Line(source, target, lane))

    def _between(self, source: int, target: int) -> int:
        """A bit for each column between two stops."""
        return (1 << self.ranks[target]) - (1 << self.ranks[source] + 1)

    def _free(self, columns: int) -> int:
        """The first lane that is free in all of them."""
        lane = 0
        while self._busy[lane] & columns:
            lane += 1
        return lane

    def crossing(self) -> list[int]:
        """How many lines go from each column, or past it, to the next ones."""
        change = [0] * (max(self.ranks) + 1)
        for line in self.lines:
            change[self.ranks[line.source]] += 1
            change[self.ranks[line.target]] -= 1
        found: list[int] = []
        for each in change:
            found.append(each + (found[-1] if found else 0))
        return found
