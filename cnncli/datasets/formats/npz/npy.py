"""The header of an array in NumPy's format, as NumPy reads it, within bounds."""

from __future__ import annotations

import warnings
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from cnncli.bounds import MAX_ARRAY_SIDE, MAX_HEADER_BYTES
from cnncli.lazy import np

if TYPE_CHECKING:
    from numpy import dtype


class NpyError(Exception):
    """The bytes are not the header of an array of a plain type."""


class Header(NamedTuple):
    """What the bytes after it are."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: dtype[Any]


def read_header(stream: IO[bytes]) -> Header:
    """The header, after which the stream stands at the first number. Raises NpyError."""
    form = np.lib.format
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers that Python 2 wrote
            version = form.read_magic(stream)
            read = {(1, 0): form.read_array_header_1_0, (2, 0): form.read_array_header_2_0}[version]
            header = Header(*read(stream, max_header_size=MAX_HEADER_BYTES))
    except Exception:  # a header is written in Python, which may fail in many ways
        raise NpyError(f"no header of NumPy's of at most {MAX_HEADER_BYTES:,} bytes") from None
    if header.dtype.kind == "V" or not all(0 <= n < MAX_ARRAY_SIDE for n in header.shape):
        raise NpyError("no plain type and whole sizes in its header")
    return header
