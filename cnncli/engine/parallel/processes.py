"""Processes that work on the shards of a batch, each with a Python of its own.

Threads of one process take turns in running Python. Each wants to for some microseconds between
two products, and one that finds it taken falls asleep, and wakes up late: of the time of a step
that cost up to a fifth. A forked process begins with all that this one has, shares the arrays of
`parameters` with it, and gets its orders over a connection.
"""

import gc
import os
import signal
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import combinations
from multiprocessing import Pipe
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from cnncli.errors import WorkerLost

from .comm import Gone, Peer, Processes

Order = TypeVar("Order")
T = TypeVar("T")

CAN_FORK = hasattr(os, "fork") and os.uname().sysname == "Linux"
"""Elsewhere libraries of the system, macOS's linear algebra among them, do not survive a fork."""
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if CAN_FORK else ()
"""A terminal sends these to all processes: what they mean is for the first to decide."""


class _Worker(NamedTuple):
    """Another process, as the first one sees it."""

    pid: int
    control: Peer


class ProcessTeam(Generic[Order, T]):
    """The calling process and size - 1 others, forked when they are first needed.

    `work(comm, order)` is what each of them does with an order; orders and results are sent, so
    they must have a pickled form. Where a process fails all are ended; new ones do the next work.
    """

    def __init__(self, size: int, work: Callable[[Processes, Order], T]) -> None:
        self._size = size
        self._work = work
        self._workers: list[_Worker] = []
        self._peers: Mapping[int, Peer] = {}

    def run(self, orders: Sequence[Order]) -> list[T]:
        """The results of the ranks 0, 1, ..., each with its order.

        Raises what the work raised in one of them, and WorkerLost where a process was ended.
        """
        ranks = len(orders)
        try:
            if not self._workers:
                self._start()
            busy = self._workers[: ranks - 1]
            for worker, order in zip(busy, orders[1:], strict=True):
                worker.control.send((ranks, order))
            own = self._work(Processes(0, ranks, self._peers), orders[0])
            return [own, *(_result(worker.control.receive()) for worker in busy)]
        except Gone:
            reason = self._reason(busy)
        except BaseException:
            self.close()
            raise
        self.close()
        raise reason

    def close(self) -> None:
        for peer in (*self._peers.values(), *(worker.control for worker in self._workers)):
            peer.close()
        for worker in self._workers:
            with suppress(ProcessLookupError, ChildProcessError):  # where nobody waits for children
                os.kill(worker.pid, signal.SIGKILL)
                os.waitpid(worker.pid, 0)
        if self._workers:
            gc.unfreeze()
        self._workers, self._peers = [], {}

    def _start(self) -> None:
        """Forks, with a connection between every two processes and one to give orders by."""
        ranks = range(self._size)
        mesh: list[dict[int, Peer]] = [{} for _ in ranks]
        for one, other in combinations(ranks, 2):
            mesh[one][other], mesh[other][one] = map(Peer, Pipe())
        controls = [tuple(map(Peer, Pipe())) for _ in ranks[1:]]
        ends = [[control for control, _ in controls], *([end] for _, end in controls)]
        gc.freeze()  # else a collection would copy every page that is still shared
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _IGNORED)
        try:
            for rank in ranks[1:]:
                if (pid := _fork()) == 0:
                    _serve(rank, mesh, ends, self._work)
                self._workers.append(_Worker(pid, controls[rank - 1][0]))
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        _close(mesh, ends, but=0)
        self._peers = mesh[0]

    def _reason(self, busy: Sequence[_Worker]) -> Exception:
        """Why a process does not answer: its error, or that it was ended.

        The others answer too, or end as soon as they miss one.
        """
        for peer in self._peers.values():
            peer.close()
        for worker in busy:
            try:
                _result(worker.control.receive())
            except Gone:
                continue
            except Exception as error:
                return error
        return WorkerLost()


class _Failed(NamedTuple):
    """What a process answers that could not do its work."""

    error: BaseException


def _fork() -> int:
    """0 in the new process, its number in this one."""
    with warnings.catch_warnings():
        # other threads may hold locks at this moment: the work takes none of theirs
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _serve(
    rank: int,
    mesh: Sequence[Mapping[int, Peer]],
    ends: Sequence[Sequence[Peer]],
    work: Callable[[Any, Any], Any],
) -> NoReturn:
    """Carries out orders until the first process, or another that is needed, has ended.

    Signals are blocked until here, so that none is taken for one to the first process.
    """
    control = ends[rank][0]
    try:
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _IGNORED)
        _close(mesh, ends, but=rank)
        while True:
            ranks, order = control.receive()
            control.send(work(Processes(rank, ranks, mesh[rank]), order))
    except Gone:
        pass
    except BaseException as error:
        text = "".join(traceback.format_exception(error))
        error.add_note(text)
        with suppress(Gone):
            try:
                control.send(_Failed(error))
            except Exception:  # it has no pickled form
                control.send(_Failed(RuntimeError(text)))
    finally:
        os._exit(0)


def _result(answer: Any) -> Any:
    if isinstance(answer, _Failed):
        raise answer.error
    return answer


def _close(
    mesh: Sequence[Mapping[int, Peer]], controls: Sequence[Sequence[Peer]], but: int
) -> None:
    """Closes the ends of all ranks but one: an end that others hold too is never seen to close."""
    for rank, (peers, ends) in enumerate(zip(mesh, controls, strict=True)):
        if rank != but:
            for peer in (*peers.values(), *ends):
                peer.close()
