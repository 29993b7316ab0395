"""Broken files: valid ones with bytes changed, cut, doubled, put in, or mixed with another's."""

from collections.abc import Sequence

from hypothesis import strategies as st

INTERESTING = (
    b"\0" * 8,
    b"\xff" * 4,
    b"\xff\xff\xff\x7f",
    b"\x7f\xff\xff\xff",
    b"\0\0\0\x80",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe2\x80\xa8",
    b"\r\n",
    b"9" * 30,
    b"1e999",
    b"-1",
    b"*a",
    b"&a ",
    b"<<: ",
    b"!!python/object:x ",
    b"[" * 60,
    b"]*5000",
    b"../../etc/passwd",
)
"""Numbers at the edges of their types, marks of encodings, and the signs of the languages read."""


def mutated(seeds: Sequence[bytes]) -> st.SearchStrategy[bytes]:
    """One of the seeds with some changes."""
    changes = st.lists(st.tuples(st.sampled_from(sorted(_CHANGES)), _PLACE, _PLACE), max_size=6)
    return st.builds(_changed, st.sampled_from(seeds), changes, st.sampled_from(seeds))


_PLACE = st.floats(0, 1, exclude_max=True)


def _changed(content: bytes, changes: list[tuple[str, float, float]], other: bytes) -> bytes:
    for name, where, amount in changes:
        content = _CHANGES[name](content, int(where * (len(content) + 1)), amount, other)
    return content


def _flip(content: bytes, at: int, amount: float, _: bytes) -> bytes:
    return content[:at] + bytes([int(amount * 256)]) + content[at + 1 :]


def _cut(content: bytes, at: int, amount: float, _: bytes) -> bytes:
    return content[:at]


def _remove(content: bytes, at: int, amount: float, _: bytes) -> bytes:
    return content[:at] + content[at + 1 + int(amount * 20) :]


def _double(content: bytes, at: int, amount: float, _: bytes) -> bytes:
    end = at + 1 + int(amount * 200)
    return content[:end] + content[at:]


def _insert(content: bytes, at: int, amount: float, _: bytes) -> bytes:
    return content[:at] + INTERESTING[int(amount * len(INTERESTING))] + content[at:]


def _overwrite(content: bytes, at: int, amount: float, _: bytes) -> bytes:
    piece = INTERESTING[int(amount * len(INTERESTING))]
    return content[:at] + piece + content[at + len(piece) :]


def _splice(content: bytes, at: int, amount: float, other: bytes) -> bytes:
    return content[:at] + other[int(amount * len(other)) :]


_CHANGES = {
    change.__name__: change
    for change in (_flip, _cut, _remove, _double, _insert, _overwrite, _splice)
}
