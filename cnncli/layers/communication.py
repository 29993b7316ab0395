"""What layers that look at a whole batch need of those who compute its shards."""

from typing import Any, Protocol


class Comm(Protocol):
    """Communication between the shards of one batch."""

    rank: int
    size: int

    def sum(self, array: Any) -> Any:
        """The sum over all ranks, added in rank order: the same bits on every rank."""
