"""A team of threads that work on the shards of a batch."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import BrokenBarrierError
from typing import TypeVar

from cnncli.errors import UsageError

from .comm import Meeting, Solo, Threads

T = TypeVar("T")


NAME = "cnn-shard"
"""How the names of our threads begin."""
_SWITCH_SECONDS = 2e-4
"""For how long a thread waits before it asks the one that runs Python to give way, 5 ms by default.

Ours run Python for some microseconds between two products. Asking early halves how often a thread
falls asleep; a step of the smallest network took 7 % less, those of larger ones the same.
"""


class Team:
    """The calling thread and size - 1 others."""

    def __init__(self, size: int) -> None:
        self.size = size
        if size > 1:
            sys.setswitchinterval(min(sys.getswitchinterval(), _SWITCH_SECONDS))
        self._others = (
            ThreadPoolExecutor(max_workers=size - 1, thread_name_prefix=NAME) if size > 1 else None
        )

    def run(self, task: Callable[[Solo | Threads], T], ranks: int | None = None) -> list[T]:
        """The task's results for rank 0, 1, ... of a group of `ranks` (default: all).

        If one rank fails, the ranks that wait for it are released, and its error is raised.
        Raises UsageError where the system makes no more threads.
        """
        ranks = min(ranks or self.size, self.size)
        if self._others is None or ranks == 1:
            return [task(Solo())]
        meeting = Meeting(ranks)

        def run_task(comm: Threads) -> T:
            try:
                return task(comm)
            except BaseException:
                meeting.barrier.abort()
                raise

        comms = [Threads(rank, ranks, meeting) for rank in range(ranks)]
        try:
            futures = [self._others.submit(run_task, comm) for comm in comms[1:]]
        except RuntimeError as error:
            meeting.barrier.abort()
            raise UsageError(
                f"the system refuses {ranks - 1} more threads: {error}\n"
                "--threads, or train.threads, sets a smaller number"
            ) from None
        results: list[T] = []
        errors: list[BaseException] = []
        takes: list[Callable[[], T]] = [lambda: run_task(comms[0])]
        takes += [future.result for future in futures]
        for take in takes:
            try:
                results.append(take())
            except BaseException as error:
                errors.append(error)
        if errors:
            raise min(errors, key=lambda error: isinstance(error, BrokenBarrierError))
        return results

    def close(self) -> None:
        if self._others is not None:
            self._others.shutdown()
