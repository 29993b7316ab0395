"""The directory of a run that several ranks compute: the first of them alone reads and writes it.

Hosts need not all see it. What an access raises is raised in all ranks.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from cnncli.engine.parallel.world import here

from .directory import RunDirectory

P = ParamSpec("P")
T = TypeVar("T")


def _by_first(access: Callable[P, T]) -> Callable[P, T]:
    @wraps(access)
    def by_first(*args: P.args, **kwargs: P.kwargs) -> T:
        return here().first(lambda: access(*args, **kwargs))

    return by_first


class RanksDirectory(RunDirectory):
    """One that all ranks name, and the first reads and writes."""

    has = _by_first(RunDirectory.has)
    load = _by_first(RunDirectory.load)
    check_begun = _by_first(RunDirectory.check_begun)
    describe = _by_first(RunDirectory.describe)
    save = _by_first(RunDirectory.save)
    amend = _by_first(RunDirectory.amend)
    fall_back = _by_first(RunDirectory.fall_back)
    record = _by_first(RunDirectory.record)
    test_accuracy = _by_first(RunDirectory.test_accuracy)
    lines = _by_first(RunDirectory.lines)
    cut_metrics = _by_first(RunDirectory.cut_metrics)

    @contextmanager
    def lock(self, *, is_new: bool = False) -> Iterator[None]:
        """As that of a run directory, held by the first rank."""
        with ExitStack() as held:
            here().first(lambda: held.enter_context(RunDirectory.lock(self, is_new=is_new)))
            yield


Found = TypeVar("Found", RunDirectory, RunDirectory | None)


def for_all_ranks(choose: Callable[[], Found]) -> Found:
    """The directory that the first rank finds or makes, as all ranks use it."""
    found = here().first(choose)
    if found is None or here().size == 1:
        return found
    return RanksDirectory(found.path, stays=found.stays)
