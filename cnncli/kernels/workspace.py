"""Memory that is used again: an array's buffer returns to the workspace when the array dies.

Fresh large arrays cost page faults in every step. Here a kernel asks for an array, drops it like
any other, and the next request of about that size gets the same memory.
"""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .shelf import ALIGNMENT, Shelf


class _Buffer(np.ndarray[Any, Any]):
    """Memory. Were it a plain array, arrays over a loan of it would refer past the loan to it."""


class _Loan(np.ndarray[Any, Any]):
    """A buffer on loan: the last array over it that dies hands it back.

    It is an array, for NumPy makes arrays over arrays in a third of the time that it takes over
    other objects.
    """

    owner: _Buffer
    returned: list[_Buffer]

    def __del__(self) -> None:
        self.returned.append(self.owner)


class Workspace:
    """The buffers of one worker. Arrays may die in any thread; only one thread may ask."""

    def __init__(self) -> None:
        self._shelf = Shelf(_buffer)
        self._returned: list[_Buffer] = []

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
        loan = _Loan((size,), np.uint8, buffer)
        loan.owner, loan.returned = buffer, self._returned
        return np.ndarray(shape, dtype, loan)

    def zeros(self, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """An array of zeros."""
        array = self.empty(shape, dtype)
        array.fill(0)
        return array


def _buffer(size: int) -> _Buffer:
    """Fresh memory, aligned to a cache line."""
    raw = np.empty(size + ALIGNMENT, np.uint8)
    offset = -raw.ctypes.data % ALIGNMENT
    return raw[offset : offset + size].view(_Buffer)
