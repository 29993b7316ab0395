"""Memory that is used again: an array's buffer returns to the workspace when the array dies.

Fresh large arrays cost page faults in every step. Here a kernel asks for an array, drops it like
any other, and the next request of about that size gets the same memory.
"""

from bisect import bisect_left, insort
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNMENT = 64
_WASTE = 2
"""A free buffer serves requests down to this fraction of its size."""


class _Loan:
    """A buffer on loan: the last array over it that dies hands it back."""

    __slots__ = ("__array_interface__", "_buffer", "_returned")

    def __init__(self, buffer: NDArray[np.uint8], returned: list[NDArray[np.uint8]]) -> None:
        self._buffer = buffer
        self._returned = returned
        self.__array_interface__ = buffer.__array_interface__

    def __del__(self) -> None:
        self._returned.append(self._buffer)


class Workspace:
    """The buffers of one worker. Arrays may die in any thread; only one thread may ask."""

    def __init__(self) -> None:
        self._free: list[tuple[int, int, NDArray[np.uint8]]] = []
        self._returned: list[NDArray[np.uint8]] = []
        self.allocated = 0
        """Bytes of all buffers, on loan or free."""

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An uninitialised C-contiguous array, aligned to a cache line."""
        dtype = np.dtype(dtype)
        need = prod(shape) * dtype.itemsize
        loan = _Loan(self._buffer(need), self._returned)
        return np.asarray(loan)[:need].view(dtype).reshape(shape)

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array of zeros."""
        array = self.empty(shape, dtype)
        array.fill(0)
        return array

    def _buffer(self, need: int) -> NDArray[np.uint8]:
        """The smallest free buffer that is large enough and not wastefully large, or a new one."""
        while self._returned:
            buffer = self._returned.pop()
            insort(self._free, (buffer.size, id(buffer), buffer))
        at = bisect_left(self._free, (need, 0))
        if at < len(self._free) and self._free[at][0] <= max(_WASTE * need, _ALIGNMENT):
            return self._free.pop(at)[2]
        size = max(-(-need // _ALIGNMENT), 1) * _ALIGNMENT
        raw = np.empty(size + _ALIGNMENT, np.uint8)
        offset = -raw.ctypes.data % _ALIGNMENT
        self.allocated += size
        return raw[offset : offset + size]
