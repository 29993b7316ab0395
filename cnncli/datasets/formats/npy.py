"""The header of an array in NumPy's format: its type, order and shape, as Python would write them.

It is not evaluated: plain types and whole sizes are looked for, and there is nothing else that an
array of images or labels needs.
"""

import re
import struct
from typing import IO, Any, NamedTuple

import numpy as np

_MAGIC = b"\x93NUMPY"
_LONGEST = 10_000
_TYPE = re.compile(r"""['"]descr['"]\s*:\s*['"]([<>|=]?[A-Za-z][0-9]{0,9})['"]""")
_ORDER = re.compile(r"""['"]fortran_order['"]\s*:\s*(True|False)""")
_SHAPE = re.compile(r"""['"]shape['"]\s*:\s*\(([0-9L,\s]*)\)""")
_SIZE = re.compile("[0-9]{1,18}L?")


class NpyError(Exception):
    """The bytes are no header of an array of a plain type."""


class Header(NamedTuple):
    """What the bytes behind it are."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]


def read_header(stream: IO[bytes]) -> Header:
    """The header, after which the stream stands at the first number. Raises NpyError."""
    start = stream.read(8)
    if len(start) < 8 or start[:6] != _MAGIC:
        raise NpyError("it does not begin as an array")
    form = "<H" if start[6] == 1 else "<I"
    written = stream.read(struct.calcsize(form))
    if len(written) < struct.calcsize(form):
        raise NpyError("it ends too early")
    (length,) = struct.unpack(form, written)
    if length > _LONGEST:
        raise NpyError(f"a header of {length:,} bytes")
    text = stream.read(length).decode("latin1")
    kind, order, shape = (form.search(text) for form in (_TYPE, _ORDER, _SHAPE))
    if not (kind and order and shape):
        raise NpyError("no plain type, order and shape in its header")
    try:
        dtype: np.dtype[Any] = np.dtype(kind[1])
    except TypeError:
        raise NpyError(f"the type {kind[1]} is none of NumPy's") from None
    sizes = [size.strip() for size in shape[1].removesuffix(",").split(",") if shape[1]]
    if not all(_SIZE.fullmatch(size) for size in sizes):
        raise NpyError("its shape is no row of sizes")
    return Header(tuple(int(size.rstrip("L")) for size in sizes), order[1] == "True", dtype)
