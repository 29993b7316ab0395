"""How much larger than its file compressed data may be."""

_HARMLESS = 2**28
"""Bytes that compressed data may grow to in any case."""
_MOST_TIMES = 50
"""How many times its size it may grow beyond that: images grow by 2 to 10, zeros by 1,000."""


def is_bomb(size: int, compressed: int) -> bool:
    """Whether `compressed` bytes that grow to `size` are no images, but made to fill the memory."""
    return size > max(_HARMLESS, _MOST_TIMES * compressed)
