"""Processes that work on the shards of a batch, each with a Python of its own.

Threads of one process take turns in running Python. Each wants to for some microseconds between
two products, and one that finds it taken falls asleep, and wakes up late: of the time of a step
that cost up to a fifth. A forked process begins with all that this one has, shares the arrays of
`parameters` with it, and gets its orders over a connection.
"""

import gc
import os
import signal
import threading
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from multiprocessing import Pipe
from typing import Any, Generic, NamedTuple, NoReturn, TypeVar

from cnncli.errors import WorkerLost

from .comm import Gone, Peer, Processes
from .threads import NAME
from .world import has_ranks

Order = TypeVar("Order")
T = TypeVar("T")

CAN_FORK = hasattr(os, "fork") and os.uname().sysname == "Linux"
"""Elsewhere libraries of the system, macOS's linear algebra among them, do not survive a fork."""
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if CAN_FORK else ()
"""A terminal sends these to all processes: what they mean is for the first to decide."""


def may_fork() -> bool:
    """Whether this process can fork safely: no thread of others may hold a lock at that moment.

    A notebook has such threads, and whoever calls from another thread than the main one. So have
    libraries of MPI, whose threads Python does not see.
    """
    here = threading.current_thread()
    others = [
        thread
        for thread in threading.enumerate()
        if thread is not here and not _is_harmless(thread)
    ]
    return CAN_FORK and here is threading.main_thread() and not others and not has_ranks()


def _is_harmless(thread: threading.Thread) -> bool:
    """Ours, which waits for work, or the one in which tqdm looks at its bars."""
    return thread.name.startswith(NAME) or type(thread).__name__ == "TMonitor"


class NoProcesses(Exception):
    """The system makes no more processes, or no more connections to them."""

    def __init__(self, number: int, reason: OSError) -> None:
        super().__init__(f"the system refuses {number} more processes: {reason.strerror}")


class _Worker(NamedTuple):
    """Another process, as the first one sees it: a connection for orders, one for sums."""

    pid: int
    control: Peer
    sums: Peer

    def close(self) -> None:
        self.control.close()
        self.sums.close()


class ProcessTeam(Generic[Order, T]):
    """The calling process and size - 1 others, forked when they are first needed.

    `work(comm, order)` is what each of them does with an order; orders and results are sent, so
    they must have a pickled form. Where a process fails all are ended; new ones do the next work.
    """

    def __init__(self, size: int, work: Callable[[Processes, Order], T]) -> None:
        self._size = size
        self._work = work
        self._workers: list[_Worker] = []

    def run(self, orders: Sequence[Order]) -> list[T]:
        """The results of the ranks 0, 1, ..., each with its order.

        Raises what the work raised in one of them, WorkerLost where a process was ended, and
        NoProcesses where the system makes none.
        """
        ranks = len(orders)
        try:
            if not self._workers:
                self._start()
            busy = self._workers[: ranks - 1]
            for worker, order in zip(busy, orders[1:], strict=True):
                worker.control.send((ranks, order))
            own = self._work(Processes(0, ranks, [worker.sums for worker in busy]), orders[0])
            return [own, *(_result(worker.control.receive()) for worker in busy)]
        except Gone:
            reason = self._reason(busy)
        except BaseException:
            self.close()
            raise
        self.close()
        raise reason

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
        for worker in self._workers:
            with suppress(ProcessLookupError, ChildProcessError):  # where nobody waits for children
                os.kill(worker.pid, signal.SIGKILL)
                os.waitpid(worker.pid, 0)
        self._workers = []
        gc.unfreeze()

    def _start(self) -> None:
        """Forks one after the other, so that few connections are open at a time."""
        gc.freeze()  # else a collection would copy every page that is still shared
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _IGNORED)
        try:
            for rank in range(1, self._size):
                self._workers.append(self._fork(rank))
        except OSError as error:
            self.close()
            raise NoProcesses(self._size - 1, error) from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _fork(self, rank: int) -> _Worker:
        with ExitStack() as own, ExitStack() as its:
            connections = (Pipe() for _ in range(2))
            (control, orders), (sums, to_first) = (
                (own.enter_context(one), its.enter_context(other)) for one, other in connections
            )
            with warnings.catch_warnings():
                # other threads may hold locks at this moment: the work takes none of theirs
                warnings.simplefilter("ignore", DeprecationWarning)
                pid = os.fork()
            if pid == 0:
                for worker in self._workers:  # an end that others hold too is never seen to close
                    worker.close()
                own.close()
                _serve(rank, Peer(orders), Peer(to_first), self._work)
            own.pop_all()
        return _Worker(pid, Peer(control, pid), Peer(sums, pid))

    def _reason(self, busy: Sequence[_Worker]) -> Exception:
        """Why a process does not answer: its error, or that it was ended.

        The others answer too, or end as soon as they miss one.
        """
        for worker in self._workers:
            worker.sums.close()
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


def _serve(rank: int, control: Peer, first: Peer, work: Callable[[Any, Any], Any]) -> NoReturn:
    """Carries out orders until the first process has ended.

    Signals are blocked until here, so that none is taken for one to the first process.
    """
    try:
        for number in _IGNORED:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _IGNORED)
        while True:
            ranks, order = control.receive()
            control.send(work(Processes(rank, ranks, [first]), order))
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
