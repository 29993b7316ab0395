"""Communication between the shards of a batch: sums in a fixed order.

`Solo` is one shard alone, `Threads` are shards in threads of this process, `Processes` such in
processes that were forked from one. All add in the order of ranks, so that results are the same
bits in every run, and whichever of them carries it.
"""

import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from threading import Barrier
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels.chunks import spans

_AWAKE = 1e-3
"""Seconds for which a process that waits for another does not sleep: waking up takes 0.05 ms."""
_IN_FLIGHT = 1 << 16
"""Bytes of a message that nobody need have begun to read before its sender reads one itself."""


def share(size: int, rank: int, ranks: int, align: int = 1) -> slice:
    """The rank's part of range(size): near-equal parts that begin at multiples of `align`."""
    units = -(-size // align)
    first, last = units * rank // ranks, units * (rank + 1) // ranks
    return slice(min(first * align, size), min(last * align, size))


class Solo:
    """One shard: a sum over all is the array itself."""

    rank = 0
    size = 1

    def sum(self, array: NDArray[Any]) -> NDArray[Any]:
        return array

    def wait(self) -> None:
        """There is nobody to wait for."""


class Meeting:
    """What the threads of one group share: a barrier, and a table to lay arrays on."""

    def __init__(self, size: int) -> None:
        self.barrier = Barrier(size)
        self.tables: tuple[list[Any], list[Any]] = ([None] * size, [None] * size)


class Threads:
    """One rank of a group of threads."""

    def __init__(self, rank: int, size: int, meeting: Meeting) -> None:
        self.rank = rank
        self.size = size
        self._meeting = meeting
        self._turn = 0

    def sum(self, array: NDArray[Any]) -> NDArray[Any]:
        """The sum over all ranks. No rank may change its array before the next communication."""
        table = self._meeting.tables[self._turn]
        self._turn = 1 - self._turn  # a rank that hurries on may write, while others read
        table[self.rank] = array
        self.wait()
        return _add_in_order(list(table))

    def wait(self) -> None:
        """Until all ranks are here."""
        self._meeting.barrier.wait()


class Gone(Exception):
    """The process at the other end of a connection has ended."""


class Peer:
    """This process's end of a connection to another one. Every method may raise Gone."""

    def __init__(self, connection: "Connection[Any, Any]") -> None:
        self._connection = connection
        self._poll = select.poll()
        self._poll.register(connection.fileno(), select.POLLIN)

    def send(self, message: Any) -> None:
        """Sends anything that has a pickled form."""
        with _gone():
            self._connection.send(message)

    def receive(self) -> Any:
        """What the other process sent."""
        self._await()
        with _gone():
            return self._connection.recv()

    def send_numbers(self, array: NDArray[Any]) -> None:
        """Sends the bytes of a contiguous array."""
        with _gone():
            self._connection.send_bytes(array.data)

    def receive_numbers(self, out: NDArray[Any]) -> None:
        """Reads into a contiguous array what the other process sent from such a one."""
        self._await()
        with _gone():
            self._connection.recv_bytes_into(out)

    def close(self) -> None:
        """The other process sees the end."""
        self._connection.close()

    def _await(self) -> None:
        until = perf_counter() + _AWAKE
        while not self._poll.poll(0) and perf_counter() < until:
            pass


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise Gone from error


class Processes:
    """One rank of a group of processes."""

    def __init__(self, rank: int, size: int, peers: Mapping[int, Peer]) -> None:
        self.rank = rank
        self.size = size
        self._others = {other: peers[other] for other in range(size) if other != rank}

    def sum(self, array: NDArray[Any]) -> NDArray[Any]:
        """The sum over all ranks. Raises Gone where one has ended."""
        flat = np.ascontiguousarray(array).reshape(-1)
        arrays = {self.rank: flat} | {other: np.empty_like(flat) for other in self._others}
        for part in spans(flat.size, flat.itemsize, _IN_FLIGHT):
            for peer in self._others.values():
                peer.send_numbers(flat[part])
            for other, peer in self._others.items():
                peer.receive_numbers(arrays[other][part])
        return _add_in_order([arrays[rank] for rank in range(self.size)]).reshape(array.shape)

    def wait(self) -> None:
        self.sum(np.zeros(1))


def _add_in_order(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Their sum, in order."""
    total = arrays[0].copy()
    for other in arrays[1:]:
        total += other
    return total
