"""Grid search."""

from dataclasses import dataclass
from typing import Any, ClassVar

from cnncli.sweep.space import Space

from .search import Sampler


@dataclass(frozen=True, kw_only=True)
class Grid(Sampler):
    """All combinations, the last key changing first; numbers without end need `points`."""

    name: ClassVar[str] = "grid"

    def values(self, space: Space, number: int) -> dict[str, Any]:
        return space.grid[number]

    def most(self, space: Space) -> int:
        return len(space.grid)
