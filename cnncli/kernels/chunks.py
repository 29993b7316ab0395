"""Cutting a batch into pieces that stay in a core's cache."""

from collections.abc import Iterator

PRODUCT_BYTES = 1 << 20
"""Windows that are gathered for one product; as much as a core's level-2 cache."""
PASS_BYTES = 1 << 21
"""Data of an elementwise pass; more work for each call of NumPy, still in the level-3 cache."""


def spans(count: int, item_bytes: int, target_bytes: int = PASS_BYTES) -> Iterator[slice]:
    """Slices of range(count) with about `target_bytes` of items each, and at least one item."""
    length = max(1, min(count, target_bytes // max(item_bytes, 1)))
    pieces = -(-count // length)
    for piece in range(pieces):
        yield slice(count * piece // pieces, count * (piece + 1) // pieces)
