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
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.lib import format as npy

from cnncli.layers.hyperparameters import Volume

from .checks import count_classes, labels_below, numbered, paired
from .dataset import Images, Labels, Parts, Split
from .faults import fault, unreadable

_REMEDY = (
    "write it with numpy.savez_compressed(file, x_train=..., y_train=..., x_test=..., y_test=...)"
)


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]


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
        found = "a folder" if path.is_dir() else "none"
        raise fault(path, "an .npz file", found, "set data.root to the file")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise fault(path, "a whole .npz file", f"damage ({error})", _REMEDY) from None
    except OSError as error:
        raise unreadable(path, error) from None


@contextmanager
def _member(path: Path, archive: zipfile.ZipFile, key: str) -> Iterator[tuple[_Header, IO[bytes]]]:
    name = f"{key}.npy"
    if name not in archive.namelist():
        raise fault(path, f"an array {key}", "none", _REMEDY)
    with archive.open(name) as stream:
        try:
            read = npy.read_array_header_1_0
            if npy.read_magic(stream) != (1, 0):
                read = npy.read_array_header_2_0
            header = _Header(*read(stream))
        except ValueError as error:
            raise fault(f"{path}: {key}", "a NumPy array", f"damage ({error})", _REMEDY) from None
        yield header, stream


def _read_header(path: Path, archive: zipfile.ZipFile, key: str) -> _Header:
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


def _image_shape(path: Path, key: str, header: _Header) -> tuple[int, ...]:
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
    labels: Labels = _read_array(path, archive, key).astype(np.int64)
    return labels
