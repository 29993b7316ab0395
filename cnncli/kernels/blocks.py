"""Cutting a batch into pieces that stay in a core's cache."""

from collections.abc import Iterator

TARGET_BYTES = 384 * 1024
"""Size of a piece: with its result and the weights it should fit into 1 MiB of level-2 cache."""


def spans(count: int, item_bytes: int, target_bytes: int = TARGET_BYTES) -> Iterator[slice]:
    """Slices of range(count) with about `target_bytes` of items each, and at least one item."""
    length = max(1, min(count, target_bytes // max(item_bytes, 1)))
    pieces = -(-count // length)
    for piece in range(pieces):
        yield slice(count * piece // pieces, count * (piece + 1) // pieces)
