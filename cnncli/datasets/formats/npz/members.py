"""The arrays in an npz archive: found by their names, measured, and read a piece at a time.

Their headers are read first, so that their sizes are known before any memory is taken, and nothing
in the file can run code: arrays of objects are refused.
"""

from __future__ import annotations

import io
import math
import os
import sys
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from cnncli.bounds import MAX_LIST_BYTES
from cnncli.datasets.formats.expansion import check_ratio
from cnncli.datasets.problems import problem, unreadable
from cnncli.lazy import np

from .npy import Header, NpyError, read_header

if TYPE_CHECKING:
    from numpy.typing import NDArray

REMEDY = (
    "write it with numpy.savez_compressed(file, x_train=..., y_train=..., x_test=..., y_test=...)"
)
_ENDING = ".npy"
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
"""The flag of a member that needs a password."""
_PIECE = 2**20
"""Numbers that are read in one go."""


class Members:
    """An open archive. All methods raise DataError for an array that is not as it should be."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self._archive = path, archive

    @property
    def names(self) -> list[str]:
        """Of the arrays, in the order of the archive."""
        files = self._archive.namelist()
        return [file.removesuffix(_ENDING) for file in files if file.endswith(_ENDING)]

    def check_ratio(self, names: Collection[str]) -> None:
        """Those that are read do not grow to what was made to fill the memory."""
        files = {name + _ENDING for name in names}
        size = sum(i.file_size for i in self._archive.infolist() if i.filename in files)
        check_ratio(self.path, size, self.path.stat().st_size, "write it with numpy.savez")

    def where(self, name: str) -> str:
        """What messages call the array."""
        return f"{self.path}: {name}"

    def header(self, name: str) -> Header:
        """Of an array. A zip gives no more than its directory says, as `pieces` makes sure."""
        with self._open(name) as (header, _):
            return header

    def check_length(self, name: str) -> None:
        """The array is as long as its header says, so that a false one costs no memory."""
        with self._open(name) as (header, stream):
            size = math.prod(header.shape) * header.dtype.itemsize
            left = self._archive.getinfo(name + _ENDING).file_size - stream.tell()
        if size != left:
            raise problem(self.where(name), f"{size:,} bytes", f"{left:,}", REMEDY)

    def pieces(self, name: str, multiple: int = 1) -> Iterator[NDArray[Any]]:
        """An array's numbers in the order in which they are stored, some at a time.

        multiple: each piece but the last is a multiple of it. The length must have been checked.
        """
        with self._open(name) as ((shape, _, dtype), stream):
            step, left = multiple * max(1, _PIECE // multiple), math.prod(shape)
            while left:
                count = min(step, left)
                content = stream.read(count * dtype.itemsize)
                if len(content) != count * dtype.itemsize:
                    raise zipfile.BadZipFile(f"{name} ends too early")
                yield np.frombuffer(content, dtype)
                left -= count

    def read(self, name: str, change: Callable[[NDArray[Any]], NDArray[Any]], dtype: Any) -> Any:
        """The whole array, C contiguous, of numbers of that type: what `change` makes of them."""
        shape, fortran, _ = self.header(name)
        numbers, at = np.empty(math.prod(shape), dtype), 0
        for piece in self.pieces(name):
            numbers[at : at + len(piece)] = change(piece)
            at += len(piece)
        return np.ascontiguousarray(numbers.reshape(shape, order="F" if fortran else "C"))

    @contextmanager
    def _open(self, name: str) -> Iterator[tuple[Header, IO[bytes]]]:
        info = self._archive.getinfo(name + _ENDING)
        if info.flag_bits & _ENCRYPTED or info.compress_type not in _COMPRESSIONS:
            found = "another compression, or a password"
            raise problem(self.where(name), "an array as NumPy writes it", found, REMEDY)
        try:
            stream = self._archive.open(info)
        except ValueError as error:
            raise zipfile.BadZipFile(str(error)) from None
        with stream:
            try:
                header = read_header(stream)
            except NpyError as error:
                damage = f"damage ({error})"
                raise problem(self.where(name), "a NumPy array", damage, REMEDY) from None
            yield header, stream


@contextmanager
def open_members(path: Path) -> Iterator[Members]:
    """The arrays of an archive. Raises DataError where it is none, or damaged."""
    if not os.path.isfile(path):
        found = (
            "a folder" if os.path.isdir(path) else "a device" if os.path.exists(path) else "none"
        )
        raise problem(path, "an .npz file", found, "set data.root to the file")
    try:
        with _Reader(io.FileIO(path)) as file, _archive(file) as archive:
            yield Members(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise problem(path, "a whole .npz file", f"damage ({error})", REMEDY) from None
    except OSError as error:
        raise unreadable(path, error) from None


class _Reader(io.BufferedReader):
    """A file of which not more than `most` is read in one go."""

    most = MAX_LIST_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > self.most:
            raise zipfile.BadZipFile(f"a list of arrays of {size:,} bytes")
        return super().read(size)


def _archive(file: _Reader) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(file)
    except ValueError as error:  # places before the file's beginning, names that are not text
        raise zipfile.BadZipFile(str(error)) from None
    file.most = sys.maxsize
    return archive
