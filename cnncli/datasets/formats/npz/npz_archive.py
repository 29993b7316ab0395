"""Images of one's own in a NumPy archive: x_train, y_train, x_test and y_test.

The arrays' headers are read first, so that their sizes are known before any memory is taken, and
nothing in the file can run code: arrays of objects are refused.
"""

from __future__ import annotations

import io
import math
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from cnncli.bounds import MAX_LIST_BYTES
from cnncli.datasets.dataset import Parts, Split
from cnncli.datasets.formats.expansion import (
    as_many,
    check_ratio,
    count_classes,
    labels_below,
    number_names,
)
from cnncli.datasets.problems import problem, unreadable
from cnncli.geometry import Volume
from cnncli.lazy import Labels, np

from .npy import Header, NpyError, read_header

_REMEDY = (
    "write it with numpy.savez_compressed(file, x_train=..., y_train=..., x_test=..., y_test=...)"
)
_MEMBERS = ("x_train.npy", "y_train.npy", "x_test.npy", "y_test.npy")
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
"""The flag of a member that needs a password."""


def describe(path: Path) -> tuple[Volume, tuple[str, ...]]:
    """Image size and classes; of the images only the header is read."""
    with _open(path) as archive:
        _, height, width, channels = _look(path, archive, "train")
        labels = _labels(path, archive, "train")
    classes = count_classes(f"{path}: y_train", labels, _REMEDY)
    return Volume(width, height, channels), number_names(classes)


def load(path: Path) -> Parts:
    """The whole archive; the classes are those of y_train. Raises DataError if it is damaged."""
    size, classes = describe(path)
    with _open(path) as archive:
        shapes = {part: _look(path, archive, part) for part in ("train", "test")}
        labels = {part: _labels(path, archive, part) for part in shapes}
        for part, (_, height, width, channels) in shapes.items():
            found, where = Volume(width, height, channels), f"{path}: y_{part}"
            if found != size:
                raise problem(
                    f"{path}: x_{part}", f"images of {size}", str(found), "make them alike"
                )
            labels_below(where, labels[part], len(classes), "y_train decides the classes")
        train, test = (
            Split(_read_array(path, archive, f"x_{part}").reshape(shape), labels[part])
            for part, shape in shapes.items()
        )
    return Parts(classes, train, test)


@contextmanager
def _open(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        found = "a folder" if path.is_dir() else "a device" if path.exists() else "none"
        raise problem(path, "an .npz file", found, "set data.root to the file")
    try:
        with _Reader(io.FileIO(path)) as file, _archive(file) as archive:
            read = [info for info in archive.infolist() if info.filename in _MEMBERS]
            size = sum(info.file_size for info in read)
            check_ratio(path, size, path.stat().st_size, "write it with numpy.savez")
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise problem(path, "a whole .npz file", f"damage ({error})", _REMEDY) from None
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


@contextmanager
def _member(path: Path, archive: zipfile.ZipFile, key: str) -> Iterator[tuple[Header, IO[bytes]]]:
    name = f"{key}.npy"
    if name not in archive.namelist():
        raise problem(path, f"an array {key}", "none", _REMEDY)
    info = archive.getinfo(name)
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _COMPRESSIONS:
        found = "another compression, or a password"
        raise problem(f"{path}: {key}", "an array as NumPy writes it", found, _REMEDY)
    try:
        stream = archive.open(info)
    except ValueError as error:
        raise zipfile.BadZipFile(str(error)) from None
    with stream:
        try:
            header = read_header(stream)
        except NpyError as error:
            raise problem(f"{path}: {key}", "a NumPy array", f"damage ({error})", _REMEDY) from None
        yield header, stream


def _read_header(path: Path, archive: zipfile.ZipFile, key: str) -> Header:
    with _member(path, archive, key) as (header, _):
        return header


def _check_length(path: Path, archive: zipfile.ZipFile, key: str) -> None:
    """A zip gives no more than its directory says, so that a false header costs no memory."""
    with _member(path, archive, key) as (header, stream):
        size = math.prod(header.shape) * header.dtype.itemsize
        left = archive.getinfo(f"{key}.npy").file_size - stream.tell()
    if size != left:
        raise problem(f"{path}: {key}", f"{size:,} bytes", f"{left:,}", _REMEDY)


def _read_array(path: Path, archive: zipfile.ZipFile, key: str) -> Any:
    """The array of a key whose dtype and length were checked before."""
    with _member(path, archive, key) as ((shape, fortran, dtype), stream):
        content = stream.read()
    array = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")
    return np.ascontiguousarray(array)


def _look(path: Path, archive: zipfile.ZipFile, part: str) -> tuple[int, ...]:
    """The shape (N, H, W, C) of a part's images, for each of which there is a label."""
    shape = _image_shape(path, f"x_{part}", _read_header(path, archive, f"x_{part}"))
    _check_length(path, archive, f"x_{part}")
    header, where = _read_header(path, archive, f"y_{part}"), f"{path}: y_{part}"
    if header.dtype.kind not in "iu" or len(header.shape) != 1:
        raise problem(
            where,
            "whole numbers (N,)",
            f"{header.dtype} {header.shape}",
            "convert them with labels.reshape(-1).astype('int64')",
        )
    _check_length(path, archive, f"y_{part}")
    as_many(where, shape[0], header.shape[0], _REMEDY)
    return shape


def _image_shape(path: Path, key: str, header: Header) -> tuple[int, ...]:
    shape = header.shape
    if header.dtype != np.uint8 or len(shape) not in (3, 4) or 0 in shape:
        raise problem(
            f"{path}: {key}",
            "uint8 images (N, H, W) or (N, H, W, C)",
            f"{header.dtype} {shape}",
            "convert them with images.astype('uint8'), values 0 to 255",
        )
    return shape if len(shape) == 4 else (*shape, 1)


def _labels(path: Path, archive: zipfile.ZipFile, part: str) -> Labels:
    labels: Labels = _read_array(path, archive, f"y_{part}").astype(np.int64)
    return labels
