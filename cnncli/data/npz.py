"""Images of one's own in a NumPy archive: x_train, y_train, x_test and y_test.

The arrays' headers are read first, so that their sizes are known before any memory is taken, and
nothing in the file can run code: arrays of objects are refused.
"""

import math
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from cnncli.layers.hyperparameters import Volume

from .checks import count_classes, few_enough, labels_below, numbered, paired
from .dataset import Images, Labels, Parts, Split
from .expansion import is_bomb
from .faults import fault, unreadable
from .npy import Header, NpyError, read_header

_REMEDY = (
    "write it with numpy.savez_compressed(file, x_train=..., y_train=..., x_test=..., y_test=...)"
)
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
"""The flag of a member that needs a password."""


def describe(path: Path) -> tuple[Volume, tuple[str, ...]]:
    """Image size and classes; of the images only the header is read."""
    with _opened(path) as archive:
        shape = _image_shape(path, "x_train", _read_header(path, archive, "x_train"))
        labels = _labels(path, archive, "y_train")
    _, height, width, channels = shape
    classes = count_classes(f"{path}: y_train", labels, _REMEDY)
    return Volume(width, height, channels), numbered(classes)


def load(path: Path) -> Parts:
    """The whole archive; the classes are those of y_train. Raises DataError if it is damaged."""
    size, classes = describe(path)
    with _opened(path) as archive:
        train, test = (_split(path, archive, part, size, classes) for part in ("train", "test"))
    return Parts(classes, train, test)


def _split(
    path: Path, archive: zipfile.ZipFile, part: str, size: Volume, classes: tuple[str, ...]
) -> Split:
    header = _read_header(path, archive, f"x_{part}")
    shape = _image_shape(path, f"x_{part}", header)
    found = Volume(shape[2], shape[1], shape[3])
    if found != size:
        raise fault(f"{path}: x_{part}", f"images of {size}", str(found), "make them alike")
    images: Images = _read_array(path, archive, f"x_{part}").reshape(shape)
    labels = _labels(path, archive, f"y_{part}")
    labels_below(f"{path}: y_{part}", labels, len(classes), "y_train decides the classes")
    return paired(f"{path}: y_{part}", images, labels, _REMEDY)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    if not path.is_file():
        found = "a folder" if path.is_dir() else "a device" if path.exists() else "none"
        raise fault(path, "an .npz file", found, "set data.root to the file")
    try:
        with _archive(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise fault(path, "a whole .npz file", f"damage ({error})", _REMEDY) from None
    except OSError as error:
        raise unreadable(path, error) from None


def _archive(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except ValueError as error:  # places before the file's beginning, names that are no text
        raise zipfile.BadZipFile(str(error)) from None


@contextmanager
def _member(path: Path, archive: zipfile.ZipFile, key: str) -> Iterator[tuple[Header, IO[bytes]]]:
    name = f"{key}.npy"
    if name not in archive.namelist():
        raise fault(path, f"an array {key}", "none", _REMEDY)
    info = archive.getinfo(name)
    if info.flag_bits & _ENCRYPTED or info.compress_type not in _COMPRESSIONS:
        found = "another compression, or a password"
        raise fault(f"{path}: {key}", "an array as NumPy writes it", found, _REMEDY)
    if is_bomb(info.file_size, info.compress_size):
        found = f"{info.compress_size:,} bytes that grow to {info.file_size:,}"
        raise fault(f"{path}: {key}", "an array of images", found, "write it with numpy.savez")
    try:
        stream = archive.open(info)
    except ValueError as error:
        raise zipfile.BadZipFile(str(error)) from None
    with stream:
        try:
            header = read_header(stream)
        except NpyError as error:
            raise fault(f"{path}: {key}", "a NumPy array", f"damage ({error})", _REMEDY) from None
        yield header, stream


def _read_header(path: Path, archive: zipfile.ZipFile, key: str) -> Header:
    with _member(path, archive, key) as (header, _):
        return header


def _read_array(path: Path, archive: zipfile.ZipFile, key: str) -> Any:
    """The array of a key whose dtype was checked before."""
    with _member(path, archive, key) as ((shape, fortran, dtype), stream):
        size = math.prod(shape) * dtype.itemsize
        # A zip gives no more than its directory says: a false header costs no memory.
        left = archive.getinfo(f"{key}.npy").file_size - stream.tell()
        if size != left:
            raise fault(f"{path}: {key}", f"{size:,} bytes", f"{left:,}", _REMEDY)
        content = stream.read()
    array = np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")
    return np.ascontiguousarray(array)


def _image_shape(path: Path, key: str, header: Header) -> tuple[int, ...]:
    shape = header.shape
    if header.dtype != np.uint8 or len(shape) not in (3, 4) or 0 in shape:
        raise fault(
            f"{path}: {key}",
            "uint8 images (N, H, W) or (N, H, W, C)",
            f"{header.dtype} {shape}",
            "convert them with images.astype('uint8'), values 0 to 255",
        )
    return shape if len(shape) == 4 else (*shape, 1)


def _labels(path: Path, archive: zipfile.ZipFile, key: str) -> Labels:
    header = _read_header(path, archive, key)
    if header.dtype.kind not in "iu" or len(header.shape) != 1:
        raise fault(
            f"{path}: {key}",
            "whole numbers (N,)",
            f"{header.dtype} {header.shape}",
            "convert them with labels.reshape(-1).astype('int64')",
        )
    few_enough(f"{path}: {key}", header.shape[0], _REMEDY)
    labels: Labels = _read_array(path, archive, key).astype(np.int64)
    return labels
