"""Arrays of numbers in MATLAB's files of version 5, in which SVHN is published.

A file is a header and a row of elements, one for each variable, most of them compressed. An element
is a tag, with its type and its length, and a content; a variable's content is elements again: flags
with its class, sizes, name, numbers (MathWorks: MAT-File Format).
"""

import math
import struct
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .gzip_stream import ZLIB, Source, UnzipError, unzipped

_HEADER = 128
_MATRIX, _COMPRESSED = 14, 15
_STORED = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
}  # fmt: skip
"""Types of numbers as they are stored, which may be smaller than those of the array's class."""
_CLASSES = {
    1: "cell", 2: "struct", 3: "object", 4: "char", 5: "sparse", 6: "double", 7: "single",
    8: "int8", 9: "uint8", 10: "int16", 11: "uint16", 12: "int32", 13: "uint32", 14: "int64",
    15: "uint64",
}  # fmt: skip
_MOST_VARIABLES = 1_000
_LONGEST = 1_000
"""Bytes of sizes, and of a name."""
_PIECE = 2**20
"""Bytes of numbers that are read in one go."""


class MatError(Exception):
    """The file is not MATLAB's of version 5, or damaged."""


class Kind(NamedTuple):
    """An array's shape, and MATLAB's name of its class."""

    shape: tuple[int, ...]
    name: str


def kinds(path: Path) -> dict[str, Kind]:
    """The variables of a file; their numbers are not read. Raises MatError, OSError."""
    found: dict[str, Kind] = {}
    with path.open("rb") as file:
        for variable in _variables(file):
            if variable.name in found:
                raise MatError(f"two variables are called {variable.name}")
            if len(found) == _MOST_VARIABLES:
                raise MatError(f"more than {_MOST_VARIABLES:,} variables")
            found[variable.name] = variable.kind
    return found


def arrays(path: Path, names: Collection[str]) -> dict[str, NDArray[Any]]:
    """The numbers of some variables, in the type in which they are stored; they may be changed.

    The caller has looked at their kinds. Raises MatError, OSError.
    """
    with path.open("rb") as file:
        return {v.name: v.numbers() for v in _variables(file) if v.name in names}


@dataclass
class _Variable:
    """A variable whose numbers come next in the source."""

    source: Source
    order: str
    is_compressed: bool
    kind: Kind
    name: str

    def numbers(self) -> NDArray[Any]:
        stored, length, content = _tag(self.source, self.order)
        if stored not in _STORED:
            raise MatError(f"{self.name} holds no plain numbers")
        dtype = np.dtype(self.order + _STORED[stored])
        if dtype.itemsize > np.dtype(self.kind.name).itemsize:
            raise MatError(f"{self.name} of {self.kind.name} is stored as {dtype.name}")
        if length != math.prod(self.kind.shape) * dtype.itemsize:
            raise MatError(f"{self.name} has {length:,} bytes, for shape {self.kind.shape}")
        raw = np.empty(length, np.uint8)
        for start in range(0, length, _PIECE):
            piece = raw[start : start + _PIECE]
            piece[:] = np.frombuffer(content or _exactly(self.source, len(piece)), np.uint8)
        padding = -length % 8
        if self.is_compressed and len(_upto(self.source, padding + 1)) > padding:
            raise MatError(f"{self.name} does not end where its numbers do")
        return raw.view(dtype).reshape(self.kind.shape, order="F")


def _variables(file: IO[bytes]) -> Iterator[_Variable]:
    header = file.read(_HEADER)
    mark = header[126:]
    if mark not in (b"IM", b"MI"):
        raise MatError("it does not begin as a MATLAB file of version 5")
    order = "<" if mark == b"IM" else ">"
    while start := file.read(8):
        if len(start) < 8:
            raise MatError("it ends too early")
        kind, length = struct.unpack(f"{order}2I", start)
        end = file.tell() + length
        if kind not in (_MATRIX, _COMPRESSED):
            raise MatError(f"an element of type {kind} stands in the place of a variable")
        source: Source = file
        if kind == _COMPRESSED:
            source = unzipped(_Part(file, length), ZLIB)
            if _tag(source, order)[0] != _MATRIX:
                raise MatError("something else than a variable is compressed")
        yield _variable(source, order, source is not file)
        if file.seek(0, 2) < end:
            raise MatError("it ends too early")
        file.seek(end)


def _variable(source: Source, order: str, is_compressed: bool) -> _Variable:
    flags = struct.unpack(f"{order}2I", _element(source, order, 8))
    sizes = _element(source, order, None)
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4])
    if min(shape, default=-1) < 0:
        raise MatError("its sizes are no sizes")
    name = _element(source, order, None).decode("latin1")
    kind = Kind(shape, _CLASSES.get(flags[0] & 0xFF, "unknown"))
    return _Variable(source, order, is_compressed, kind, name)


def _tag(source: Source, order: str) -> tuple[int, int, bytes]:
    """Type and length of the next element, and its content if that is in the tag itself."""
    start = _exactly(source, 8)
    kind, length = struct.unpack(f"{order}2I", start)
    if in_tag := kind >> 16:
        if in_tag > 4:
            raise MatError(f"a tag that holds {in_tag:,} bytes")
        return kind & 0xFFFF, in_tag, start[4 : 4 + in_tag]
    return kind, length, b""


def _element(source: Source, order: str, expected: int | None) -> bytes:
    """The content of the next element, which is short."""
    _, length, content = _tag(source, order)
    if length > _LONGEST or (expected is not None and length != expected):
        raise MatError(f"{length:,} bytes of what describes a variable")
    return content or _exactly(source, length + -length % 8)[:length]


def _upto(source: Source, size: int) -> bytes:
    try:
        return source.read(size)
    except UnzipError as error:
        raise MatError(str(error)) from None


def _exactly(source: Source, size: int) -> bytes:
    content = _upto(source, size)
    if len(content) != size:
        raise MatError("it ends too early")
    return content


class _Part:
    """A part of a file, as long as its tag says."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def read(self, size: int, /) -> bytes:
        """The next bytes, or fewer at the end."""
        content = self._file.read(min(size, self._left))
        self._left -= len(content)
        return content
