"""Memory that is used again: an array's buffer returns to the workspace when the array dies.

Fresh large arrays cost page faults in every step. Here a kernel asks for an array, drops it like
any other, and the next request of about that size gets the same memory.
"""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .shelf import ALIGNMENT, Shelf


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
        self._shelf = Shelf(_buffer)
        self._returned: list[NDArray[np.uint8]] = []

    @property
    def allocated(self) -> int:
        """Bytes of all buffers, on loan or free."""
        return self._shelf.allocated

    def empty(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An uninitialised C-contiguous array, aligned to a cache line."""
        dtype = np.dtype(dtype)
        need = prod(shape) * dtype.itemsize
        while self._returned:
            buffer = self._returned.pop()
            self._shelf.put(buffer.size, buffer)
        _, buffer = self._shelf.take(need)
        loan = _Loan(buffer, self._returned)
        return np.asarray(loan)[:need].view(dtype).reshape(shape)

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array of zeros."""
        array = self.empty(shape, dtype)
        array.fill(0)
        return array


def _buffer(size: int) -> NDArray[np.uint8]:
    """Fresh memory, aligned to a cache line."""
    raw = np.empty(size + ALIGNMENT, np.uint8)
    offset = -raw.ctypes.data % ALIGNMENT
    return raw[offset : offset + size]
