"""Ranks that talk by MPI: mpi4py is imported when they join.

MPI is called by the main thread alone. Sums are gathered and added here, in the order of ranks:
MPI's own reductions may add in any.
"""

import os
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.typing import NDArray

from cnncli.errors import CnncliError
from cnncli.machine import available_threads, limit_cores

from .comm import share
from .world import ALONE, World, error_of, within

T = TypeVar("T")

_POLL = 0.005
"""Seconds between two looks for those who are to come to the end: they may be at work on a file."""


def join_all() -> "Mpi":
    """All processes of this launch. From here on this one forks no more.

    Raises ImportError and RuntimeError where there is no mpi4py, or no library for it.
    """
    import mpi4py

    mpi4py.rc.thread_level = "funneled"
    from mpi4py import MPI

    world = Mpi(MPI.COMM_WORLD)
    if world.size > 1:
        limit_cores(_own_cores(MPI))
    return world


def _own_cores(MPI: Any) -> int:
    """The cores of a host over the ranks on it, the same for all ranks: where it is fewest.

    A launcher may have bound each rank to some of them.
    """
    on_host = MPI.COMM_WORLD.Split_type(MPI.COMM_TYPE_SHARED)
    sets = on_host.allgather(_cores())
    cores = len(set().union(*sets)) // on_host.size
    return int(MPI.COMM_WORLD.allreduce(max(1, cores), MPI.MIN))


def _cores() -> set[int]:
    if hasattr(os, "sched_getaffinity"):
        return set(os.sched_getaffinity(0))
    return set(range(available_threads()))


class Mpi:
    """One of the ranks of a communicator of MPI."""

    def __init__(self, comm: Any) -> None:
        from mpi4py import MPI
        from mpi4py.util import pkl5

        self._comm = comm
        self._objects = pkl5.Intracomm(comm)
        self._ends = comm.Dup()  # what is under way on the other cannot be taken for an end
        self._MPI = MPI
        self.rank: int = comm.rank
        self.size: int = comm.size
        self._hosts: list[str] = self.gather(MPI.Get_processor_name())
        self.neighbours = self._hosts.count(self._hosts[self.rank])
        self._parts: dict[int, World | None] = {self.size: self}

    @property
    def hosts(self) -> Sequence[str]:
        return self._hosts

    def first(self, work: Callable[[], T]) -> T:
        value: Any = None
        failure: BaseException | None = None
        if self.rank == 0:
            try:
                with within(ALONE):
                    value = work()
            except BaseException as error:
                failure = error
            self._objects.bcast((value, failure and self._sendable(failure)))
        else:
            value, failure = self._objects.bcast(None)
        if failure:
            raise failure
        result: T = value
        return result

    def gather(self, value: T) -> list[T]:
        found: list[T] = self._objects.allgather(value)
        return found

    def largest(self, number: int) -> int:
        most = np.empty(1, np.int64)
        self._comm.Allreduce(np.array([number], np.int64), most, self._MPI.MAX)
        return int(most[0])

    def sum(self, array: NDArray[Any]) -> NDArray[Any]:
        every = np.empty((self.size, array.size), array.dtype)
        self._comm.Allgather(np.ascontiguousarray(array), every)
        return _add(every).reshape(array.shape)

    def average(self, vector: NDArray[Any], spans: Iterable[slice], scale: float) -> None:
        for span in spans:
            whole = vector[span]
            parts = [share(whole.size, rank, self.size) for rank in range(self.size)]
            counts = [part.stop - part.start for part in parts]
            starts = [part.start for part in parts]
            own = counts[self.rank]
            every = np.empty((self.size, own), vector.dtype)
            places = [own * rank for rank in range(self.size)]
            self._comm.Alltoallv([whole, (counts, starts)], [every, ([own] * self.size, places)])
            mean = _add(every)
            mean *= scale
            self._comm.Allgatherv(mean, [whole, (counts, starts)])

    def equalise(self, arrays: Iterable[NDArray[Any]]) -> None:
        for array in arrays:
            flat = array.reshape(-1)
            for start in range(0, flat.size, _PIECE):
                self._comm.Bcast(flat[start : start + _PIECE])

    def among(self, ranks: int) -> World | None:
        if ranks not in self._parts:
            self._parts[ranks] = self._cut(ranks)
        return self._parts[ranks]

    def _cut(self, ranks: int) -> World | None:
        some = self._comm.Split(0 if self.rank < ranks else self._MPI.UNDEFINED, self.rank)
        if some == self._MPI.COMM_NULL:
            return None
        return Mpi(some) if ranks > 1 else ALONE

    def meet(self, status: int, seconds: float) -> list[int] | None:
        statuses = np.empty(self.size, np.int64)
        request = self._ends.Iallgather(np.array([status], np.int64), statuses)
        until = time.perf_counter() + seconds
        while not request.Test():
            if time.perf_counter() > until:
                return None
            time.sleep(_POLL)
        return list(map(int, statuses))

    def abort(self, status: int) -> NoReturn:
        self._MPI.COMM_WORLD.Abort(status)
        os._exit(status)

    def _sendable(self, error: BaseException) -> BaseException:
        """The error, or one like it where its type cannot be made anew from what it holds."""
        pickle = self._MPI.pickle
        try:
            pickle.loads(pickle.dumps(error))
        except Exception:
            return error_of(str(error), getattr(error, "exit_status", CnncliError.exit_status))
        return error


_PIECE = 1 << 24
"""Numbers that are sent at a time: MPI counts bytes of some libraries in 31 bits."""


def _add(rows: NDArray[Any]) -> NDArray[Any]:
    """The sum of the rows, in their order, in the place of the first."""
    total: NDArray[Any] = rows[0]
    for other in rows[1:]:
        total += other
    return total
