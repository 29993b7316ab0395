"""Which columns of a table fit, and how wide each is."""

from collections.abc import Sequence
from typing import NamedTuple


class Need(NamedTuple):
    """What a column takes: as it is, and at least."""

    full: int
    least: int
    rank: int
    """Of several, the one with the largest is left out first; 0: it stays."""
    is_elastic: bool
    """Whether it can take a width in between."""
    goes_on: bool = False
    """Whether what does not fit goes on below, so that others come first."""


def allot(needs: Sequence[Need], columns: int, gap: int) -> list[int | None]:
    """The width of each column; None for one that is left out.

    As many stay as fit at their least width; what is left over then goes to the important ones
    first. Where nothing more can be left out the sum may be larger than `columns`.
    """
    given: list[int | None] = [need.least for need in needs]

    def spare() -> int:
        kept = [width for width in given if width is not None]
        return columns - sum(kept) - gap * (len(kept) - 1)

    for i in sorted(range(len(needs)), key=lambda i: (-needs[i].rank, -i)):
        if spare() >= 0 or not needs[i].rank or sum(map(bool, given)) == 1:
            break
        given[i] = None
    for i in sorted(range(len(needs)), key=lambda i: (needs[i].goes_on, needs[i].rank, i)):
        if given[i] is not None:
            more, left = needs[i].full - needs[i].least, spare()
            if more <= left or needs[i].is_elastic:
                given[i] = needs[i].least + max(min(more, left), 0)
    return given
