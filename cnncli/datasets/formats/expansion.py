"""How much larger than its file compressed data may be."""

from pathlib import Path

from cnncli.datasets.problems import fault

_HARMLESS = 2**27
"""Bytes that compressed data may grow to in any case."""
_MOST_TIMES = 50
"""How many times its size it may grow beyond that: images grow by 2 to 10, zeros by 1,000."""


def most_from(compressed: int) -> int:
    """The most bytes that images may have which take `compressed` bytes in their files."""
    return max(_HARMLESS, _MOST_TIMES * compressed)


def no_bomb(place: str | Path, size: int, compressed: int, remedy: str) -> None:
    """Raises DataError where a set's files grow to what was made to fill the memory."""
    if size > most_from(compressed):
        found = f"{compressed:,} bytes that grow to {size:,}"
        raise fault(place, "a set of images", found, remedy)
