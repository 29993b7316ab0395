"""Which of the buffers that were given back serves the next request."""

from bisect import bisect_left, insort
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

ALIGNMENT = 64
"""Bytes of a cache line; sizes are multiples of it."""
_WASTE = 2
"""A free buffer serves requests down to this fraction of its size."""


class Shelf(Generic[T]):
    """Buffers by size; what none of them serves is made new. Sizes alone are enough to plan."""

    def __init__(self, make: Callable[[int], T]) -> None:
        self._make = make
        self._free: list[tuple[int, int, T]] = []
        self.allocated = 0
        """Bytes of all buffers, on loan or free."""

    def take(self, need: int) -> tuple[int, T]:
        """The smallest free buffer that is large enough and not wastefully large, or a new one.

        Returns its size and the buffer.
        """
        at = bisect_left(self._free, (need, 0))
        if at < len(self._free) and self._free[at][0] <= max(_WASTE * need, ALIGNMENT):
            size, _, buffer = self._free.pop(at)
            return size, buffer
        size = max(-(-need // ALIGNMENT), 1) * ALIGNMENT
        self.allocated += size
        return size, self._make(size)

    def put(self, size: int, buffer: T) -> None:
        """Takes a buffer back."""
        insort(self._free, (size, id(buffer), buffer))
