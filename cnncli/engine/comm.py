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
        self.table: list[Any] = [None] * size
        self.total: Any = None


class Threads:
    """One rank of a group of threads."""

    def __init__(self, rank: int, size: int, meeting: Meeting) -> None:
        self.rank = rank
        self.size = size
        self._meeting = meeting

    def sum(self, array: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """The sum over all ranks, one array that they share; each rank adds its part of it.

        `out` is that array where it is given: the same one on every rank. No rank may change
        what it passed or what it got before the next communication.
        """
        meeting = self._meeting
        meeting.table[self.rank] = array
        if self.rank == 0:
            meeting.total = np.empty_like(array) if out is None else out
        meeting.barrier.wait()
        arrays, total = [a.reshape(-1) for a in meeting.table], meeting.total
        part = share(total.size, self.rank, self.size, align=16)
        flat = total.reshape(-1)[part]
        np.copyto(flat, arrays[0][part])
        for other in arrays[1:]:
            flat += other[part]
        meeting.barrier.wait()
        summed: NDArray[Any] = total
        return summed

    def broadcast(self, array: NDArray[Any], root: int = 0) -> NDArray[Any]:
        """The array of rank `root`."""
        meeting = self._meeting
        if self.rank == root:
            meeting.total = array
        meeting.barrier.wait()
        sent: NDArray[Any] = meeting.total
        meeting.barrier.wait()
        return sent
