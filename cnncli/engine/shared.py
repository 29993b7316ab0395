"""Arrays that processes forked from this one share with it."""

import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


def zeros(size: int, dtype: DTypeLike) -> NDArray[Any]:
    """So many zeros, in memory that a forked process goes on sharing."""
    memory = mmap.mmap(-1, max(size * np.dtype(dtype).itemsize, 1))
    return np.frombuffer(memory, dtype, size)
