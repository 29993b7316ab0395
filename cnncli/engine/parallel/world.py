"""The processes that compute one network together: this one alone, or all ranks of a launch.

Every rank does the same in the same order, each on its part of a batch. What touches the folder of
a run is done by the first rank alone: `first` gives all of them what came of it.
"""

import os
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn, Protocol, TypeVar

from cnncli.errors import CnncliError
from cnncli.lazy import Array

T = TypeVar("T")


class World(Protocol):
    """All ranks, as one of them sees them. Each calls each method, in the same order.

    rank: of this process. neighbours: ranks on this host, with this one.
    """

    rank: int
    size: int
    neighbours: int

    @property
    def hosts(self) -> Sequence[str]:
        """Of all ranks, in their order."""

    def first(self, work: Callable[[], T]) -> T:
        """What the work gives in the first rank, which does it alone; raises in all what it raises.

        While it is done, the first rank is `here` by itself.
        """

    def gather(self, value: T) -> list[T]:
        """The values of all ranks, in their order."""

    def largest(self, number: int) -> int:
        """Of all ranks."""

    def sum(self, array: Array) -> Array:
        """The sum of the arrays, added in the order of ranks."""

    def average(self, vector: Array, spans: Iterable[slice], scale: float) -> None:
        """Makes of the vector the sum over the ranks, in their order, times the scale.

        One span after the other: as much memory is taken as the largest needs.
        """

    def equalise(self, arrays: Iterable[Array]) -> None:
        """Makes them those of the first rank."""

    def among(self, ranks: int) -> "World | None":
        """The first so many ranks by themselves; None in the others."""

    def meet(self, status: int, seconds: float) -> list[int] | None:
        """The statuses with which all ranks end; None where one does not come in that time."""

    def abort(self, status: int) -> NoReturn:
        """Ends all ranks at once, with that exit status."""


class Alone:
    """One process: nothing is to be agreed on."""

    rank = 0
    size = 1
    neighbours = 1

    @property
    def hosts(self) -> Sequence[str]:
        return (platform.node(),)

    def first(self, work: Callable[[], T]) -> T:
        return work()

    def gather(self, value: T) -> list[T]:
        return [value]

    def largest(self, number: int) -> int:
        return number

    def sum(self, array: Array) -> Array:
        return array

    def average(self, vector: Array, spans: Iterable[slice], scale: float) -> None:
        vector *= scale

    def equalise(self, arrays: Iterable[Array]) -> None:
        """There is nobody else."""

    def among(self, ranks: int) -> World:
        return self

    def meet(self, status: int, seconds: float) -> list[int]:
        return [status]

    def abort(self, status: int) -> NoReturn:
        os._exit(status)


ALONE = Alone()
_entered: list[World] = [ALONE]


def here() -> World:
    """The world of the command that is at work."""
    return _entered[-1]


def has_ranks() -> bool:
    """Whether this process is one of several ranks, also while it is `here` by itself."""
    return any(world.size > 1 for world in _entered)


@contextmanager
def within(world: World) -> Iterator[None]:
    """While it is entered, that world is `here`."""
    _entered.append(world)
    try:
        yield
    finally:
        _entered.pop()


def name_of(world: World, rank: int) -> str:
    """A rank and its place, for people: `rank 3 of 8 on node2`."""
    return f"rank {rank} of {world.size} on {world.hosts[rank]}"


def together(world: World, work: Callable[[], T]) -> T:
    """What the work gives in each rank, which all do; where one fails, all fail.

    Raises in all what it raises in all; else what it raises in the first of those where it fails,
    with the name of that rank.
    """
    value, failure = None, None
    try:
        value = work()
    except CnncliError as error:
        failure = error
    failures = world.gather(failure and (str(failure), failure.exit_status))
    if not any(failures):
        return value  # type: ignore[return-value]
    if failure and all(failures):
        raise failure
    rank = next(rank for rank, failed in enumerate(failures) if failed)
    message, status = failures[rank] or ("", 0)
    raise error_of(f"{name_of(world, rank)}: {message}", status)


def check_alike(world: World, what: str, value: str, remedy: str) -> str | None:
    """What to say where ranks have different values, which ranks on which hosts; else None."""
    values = world.gather(value)
    if len(set(values)) == 1:
        return None
    ranks: dict[str, list[int]] = {}
    for rank, one in enumerate(values):
        ranks.setdefault(one, []).append(rank)
    each = "".join(f"\n  {one}: {_ranks_text(world, own)}" for one, own in ranks.items())
    return f"{what} differ between the ranks:{each}\n{remedy}"


def error_of(message: str, status: int) -> CnncliError:
    """An error with that exit status."""
    error = CnncliError(message)
    error.exit_status = status  # type: ignore[misc]
    return error


def _ranks_text(world: World, ranks: Sequence[int]) -> str:
    hosts = dict.fromkeys(world.hosts[rank] for rank in ranks)
    numbers = ", ".join(map(str, ranks[:8])) + (", ..." if len(ranks) > 8 else "")
    named = ", ".join([*hosts][:8]) + (", ..." if len(hosts) > 8 else "")
    return f"rank{'s' if len(ranks) > 1 else ''} {numbers} on {named}"
