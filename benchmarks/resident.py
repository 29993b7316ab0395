"""The memory of this process and of those it has forked, while they work. Needs Linux."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

_EVERY = 0.01
"""Seconds between two looks."""


def resident() -> int:
    """Bytes in memory; pages that several processes share count once."""
    return sum(map(_proportional, _processes("self")))


def highest(work: Callable[[], object]) -> int:
    """The largest number of resident bytes that was seen while the work was done."""
    done, seen = threading.Event(), [resident()]

    def look() -> None:
        while not done.wait(_EVERY):
            seen.append(resident())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        work()
    finally:
        done.set()
        looking.join()
    return max(*seen, resident())


def _processes(pid: str) -> Iterator[str]:
    """The process and all that descend from it."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _processes(child)


def _proportional(pid: str) -> int:
    """Its memory, a page that n processes share as an n-th; 0 of one that has just ended."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return 1024 * int(line.split()[1])
    except OSError:
        pass
    return 0
