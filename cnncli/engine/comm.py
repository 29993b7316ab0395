"""Communication between the shards of a batch: sums in a fixed order.

`Solo` is one shard alone; `Threads` are shards in threads of this process. Every implementation
adds in the order of ranks, so that results are the same bits in every run.
"""

from threading import Barrier
from typing import Any

import numpy as np
from numpy.typing import NDArray


def share(size: int, rank: int, ranks: int, align: int = 1) -> slice:
    """The rank's part of range(size): near-equal parts that begin at multiples of `align`."""
    units = -(-size // align)
    first, last = units * rank // ranks, units * (rank + 1) // ranks
    return slice(min(first * align, size), min(last * align, size))


class Solo:
    """One shard: a sum over all is the array itself."""

    rank = 0
    size = 1

    def sum(self, array: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The array, in `out` if that is given."""
        if out is None or out is array:
            return array
        out[...] = array
        return out

    def broadcast(self, array: NDArray[Any], root: int = 0) -> NDArray[Any]:
        """The array."""
        return array


class Meeting:
    """What the ranks of one group share: a barrier, and a table to lay arrays on."""

    def __init__(self, size: int) -> None:
        self.barrier = Barrier(size)
        self.tables: tuple[list[Any], list[Any]] = ([None] * size, [None] * size)
        self.total: Any = None


class Threads:
    """One rank of a group of threads."""

    def __init__(self, rank: int, size: int, meeting: Meeting) -> None:
        self.rank = rank
        self.size = size
        self._meeting = meeting
        self._turn = 0

    def sum(self, array: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The sum over all ranks.

        `out` is one array that they share, where it is given: each rank adds its part of it, and
        no rank may change what it passed or got before the next communication. Otherwise each
        adds everything for itself, which is faster for few numbers.
        """
        table = self._meeting.tables[self._turn]
        self._turn = 1 - self._turn  # a rank that hurries on may write, while others read
        table[self.rank] = array
        self._meeting.barrier.wait()
        arrays = list(table)
        if out is None:
            return _added(arrays, np.empty_like(array))
        part = share(out.size, self.rank, self.size, align=16)
        _added([one.reshape(-1)[part] for one in arrays], out.reshape(-1)[part])
        self._meeting.barrier.wait()
        return out

    def broadcast(self, array: NDArray[Any], root: int = 0) -> NDArray[Any]:
        """The array of rank `root`."""
        meeting = self._meeting
        if self.rank == root:
            meeting.total = array
        meeting.barrier.wait()
        sent: NDArray[Any] = meeting.total
        meeting.barrier.wait()
        return sent


def _added(arrays: list[NDArray[Any]], out: NDArray[Any]) -> NDArray[Any]:
    """Their sum, in order."""
    np.copyto(out, arrays[0])
    for other in arrays[1:]:
        out += other
    return out
