"""The IDX format of MNIST: a header with the shape, then unsigned bytes; plain or gzipped.

Header: two zero bytes, the type (8: unsigned byte), the rank, and each size as a big-endian
32-bit number (Y. LeCun, C. Cortes, C. J. C. Burges: The MNIST database).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cnncli.datasets.problems import problem, unreadable
from cnncli.lazy import Images, np

from .expansion import most_from
from .gzip_stream import GZIP, Source, UnzipError, unzip

_REMEDY = "the file is damaged or not IDX: get it again"


def read_idx(path: Path, ranks: tuple[int, ...]) -> Images:
    """The array, of one of the given ranks. Raises DataError if the file is not that."""
    with _open(path) as (stream, is_zipped):
        shape = _header(path, stream, ranks, is_zipped)
        # Never more than one byte beyond what the header says, and no more than images would be.
        content = stream.read(min(math.prod(shape), most_from(path.stat().st_size)) + 1)
    _check_length(path, shape, len(content))
    return np.frombuffer(content, np.uint8).reshape(shape)


def read_shape(path: Path, ranks: tuple[int, ...]) -> tuple[int, ...]:
    """The shape that the header gives, and which the length of a file that is plain proves."""
    with _open(path) as (stream, is_zipped):
        return _header(path, stream, ranks, is_zipped)


@contextmanager
def _open(path: Path) -> Iterator[tuple[Source, bool]]:
    """What is in the file, unzipped, and whether it was zipped."""
    try:
        with path.open("rb") as plain:
            is_zipped = plain.peek(2)[:2] == b"\x1f\x8b"
            yield (unzip(plain, GZIP) if is_zipped else plain), is_zipped
    except UnzipError as error:
        raise problem(path, "a whole gzip file", f"damage ({error})", _REMEDY) from None
    except OSError as error:
        raise unreadable(path, error) from None


def _header(path: Path, stream: Source, ranks: tuple[int, ...], is_zipped: bool) -> tuple[int, ...]:
    start = stream.read(4)
    if len(start) < 4 or start[:2] != b"\0\0":
        raise problem(
            path, "an IDX header (0, 0, type, rank)", start.hex(" ") or "nothing", _REMEDY
        )
    if start[2] != 8:
        raise problem(path, "unsigned bytes (type 8)", f"type {start[2]}", "convert it to bytes")
    if start[3] not in ranks:
        rank = " or ".join(map(str, ranks))
        raise problem(
            path, f"rank {rank}", f"rank {start[3]}", "name the images and labels rightly"
        )
    sizes = stream.read(4 * start[3])
    if len(sizes) < 4 * start[3]:
        raise problem(path, f"{4 * start[3]} bytes of sizes", f"{len(sizes)}", _REMEDY)
    shape: tuple[int, ...] = struct.unpack(f">{start[3]}I", sizes)
    if 0 in shape:
        raise problem(path, "sizes above 0", "x".join(map(str, shape)), _REMEDY)
    if not is_zipped:
        _check_length(path, shape, path.stat().st_size - len(start) - len(sizes))
    return shape


def _check_length(path: Path, shape: tuple[int, ...], found: int) -> None:
    size = math.prod(shape)
    if found != size:
        expected = f"{size:,} bytes for shape {'x'.join(map(str, shape))}"
        raise problem(path, expected, "more" if found > size else f"{found:,}", _REMEDY)
