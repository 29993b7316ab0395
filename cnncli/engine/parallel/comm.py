"""Communication between the shards of a batch: sums in a fixed order.

`Solo` is one shard alone, `Threads` are shards in threads of this process, `Processes` such in
processes that were forked from one, `OverRanks` those in the threads of several ranks. All add in
the order of ranks, so that results are the same bits in every run, and whichever of them carries
it; but where a rank has several threads, sums over them are added first.
"""

import os
import select
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from threading import Barrier
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .world import World

_AWAKE = 1e-3
"""Seconds for which a process that waits for another does not sleep: waking up takes 0.05 ms.

It gives way meanwhile: on a busy machine both may be on the same core.
"""
_PATIENCE = 1000
"""Milliseconds after which a process that does not answer is told to go on."""


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


class OverRanks:
    """One shard of those that the threads of several ranks compute.

    Sums are added over the threads of each rank first, then over the ranks. The first thread, which
    is the main one, talks to the other ranks.
    """

    def __init__(self, own: Solo | Threads, world: World, total: list[NDArray[Any]]) -> None:
        """own: among the threads of this rank. total: a list that these share."""
        self.rank = own.rank
        self.size = own.size
        self._own = own
        self._world = world
        self._total = total

    def sum(self, array: NDArray[Any]) -> NDArray[Any]:
        """The sum over all threads of all ranks."""
        of_rank = self._own.sum(array)
        if self.rank == 0:
            self._total[:] = [self._world.sum(of_rank)]
        self._own.wait()
        return self._total[0].copy()

    def wait(self) -> None:
        """Until all threads of this rank are here."""
        self._own.wait()


class Gone(Exception):
    """The process at the other end of a connection has ended."""


class Peer:
    """This process's end of a connection to another one. Every method may raise Gone."""

    def __init__(self, connection: "Connection[Any, Any]", pid: int | None = None) -> None:
        """pid: the other process, if it is to be woken where it has been stopped."""
        self._connection = connection
        self._pid = pid
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

    def send_numbers(self, vector: NDArray[Any]) -> None:
        rest, end = vector.view(np.uint8).data, self._connection.fileno()
        with _gone():
            while rest:
                rest = rest[os.write(end, rest) :]

    def receive_numbers(self, out: NDArray[Any]) -> None:
        """Reads into a vector what the other process sent from one of the same size."""
        rest, end = out.view(np.uint8).data, self._connection.fileno()
        with _gone():
            while rest:
                self._await()
                if not (got := os.readv(end, [rest])):
                    raise Gone
                rest = rest[got:]

    def close(self) -> None:
        """The other process sees the end."""
        self._connection.close()

    def _await(self) -> None:
        until = perf_counter() + _AWAKE
        while not self._poll.poll(0):
            if perf_counter() < until:
                os.sched_yield()
            elif not self._poll.poll(_PATIENCE if self._pid else None):
                self._wake()

    def _wake(self) -> None:
        """A signal that stopped that process alone would keep this one from ending too."""
        if self._pid:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGCONT)


@contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise Gone from error


class Processes:
    """One rank of a group of processes: rank 0 is connected to all others, and they to it alone.

    So a group of n has n - 1 connections: one of each rank to each would take more files than a
    process may have open.
    """

    def __init__(self, rank: int, size: int, peers: Sequence[Peer]) -> None:
        """peers: in rank 0 those to the ranks 1, 2, ..., in another the one to rank 0."""
        self.rank = rank
        self.size = size
        self._peers = peers[: size - 1]

    def sum(self, array: NDArray[Any]) -> NDArray[Any]:
        """The sum over all ranks. Raises Gone where one has ended."""
        total = array.flatten()
        if self.rank:
            self._peers[0].send_numbers(total)
            self._peers[0].receive_numbers(total)
        else:
            other = np.empty_like(total)
            for peer in self._peers:
                peer.receive_numbers(other)
                total += other
            for peer in self._peers:
                peer.send_numbers(total)
        return total.reshape(array.shape)

    def wait(self) -> None:
        self.sum(np.zeros(1))


def _add_in_order(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    """Their sum, in order."""
    total = arrays[0].copy()
    for other in arrays[1:]:
        total += other
    return total
