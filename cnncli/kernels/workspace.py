"""Memory that is used again: an array's buffer returns to the workspace when the array dies.

Fresh large arrays cost page faults in every step. Here a kernel asks for an array, drops it like
any other, and the next request of about that size gets the same memory.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable
from functools import cache
from math import prod
from typing import Any, Generic, TypeVar

from cnncli.kernels.conv.profiles import SMALL_KERNELS, Profile
from cnncli.lazy import DTypeLike, NDArray, np

T = TypeVar("T")

_ALIGNMENT = 64
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
        if at < len(self._free) and self._free[at][0] <= max(_WASTE * need, _ALIGNMENT):
            size, _, buffer = self._free.pop(at)
            return size, buffer
        size = max(-(-need // _ALIGNMENT), 1) * _ALIGNMENT
        self.allocated += size
        return size, self._make(size)

    def put(self, size: int, buffer: T) -> None:
        insort(self._free, (size, id(buffer), buffer))


@cache
def _array_classes() -> tuple[type[Any], type[Any]]:
    """Buffers and loans, two classes of NumPy arrays: made here, where NumPy is needed first."""

    class Buffer(np.ndarray[Any, Any]):
        """Memory. Were it a plain array, arrays over a loan of it would refer past the loan."""

    class Loan(np.ndarray[Any, Any]):
        """A buffer on loan: the last array over it that dies hands it back.

        It is an array, for NumPy makes arrays over arrays in a third of the time that it takes
        over other objects.
        """

        owner: Buffer
        returned: list[Buffer]

        def __del__(self) -> None:
            self.returned.append(self.owner)

    return Buffer, Loan


class Workspace:
    """The buffers of one worker. Arrays may die in any thread; only one thread may ask.

    profile: of the machine that it works on, by which kernels cut their products.
    """

    def __init__(self, profile: Profile = SMALL_KERNELS) -> None:
        self.profile = profile
        self._buffer_class, self._loan_class = _array_classes()
        self._shelf = Shelf(self._make_buffer)
        self._returned: list[Any] = []

    @property
    def allocated(self) -> int:
        """Bytes of all buffers, on loan or free."""
        return self._shelf.allocated

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An uninitialised C-contiguous array, aligned to a cache line."""
        dtype = np.dtype(dtype)
        while self._returned:
            buffer = self._returned.pop()
            self._shelf.put(buffer.nbytes, buffer)
        size, buffer = self._shelf.take(prod(shape) * dtype.itemsize)
        loan = self._loan_class((size,), np.uint8, buffer)
        loan.owner, loan.returned = buffer, self._returned
        return np.ndarray(shape, dtype, loan)

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        array = self.empty(shape, dtype)
        array.fill(0)
        return array

    def _make_buffer(self, size: int) -> Any:
        """Fresh memory, aligned to a cache line."""
        raw = np.empty(size + _ALIGNMENT, np.uint8)
        offset = -raw.ctypes.data % _ALIGNMENT
        return raw[offset : offset + size].view(self._buffer_class)
