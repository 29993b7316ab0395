"""Arrays and a text in a safetensors file that tells when a single bit of it has changed.

A safetensors file holds numbers, and a header of JSON that names them: nothing that could be
executed. In the header's metadata are the SHA-256 of each array, and one of the header itself,
computed while zeros stand in its place. So everything that the header promises is known to be as
it was written, and to fit into the file, before an array is read.
"""

import hashlib
import io
import json
import os
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cnncli.bounds import MAX_CHECKPOINT_HEADER
from cnncli.errors import CheckpointError, WriteError
from cnncli.files import write_whole

SUFFIX = ".safetensors"
Arrays = dict[str, NDArray[Any]]
See = Callable[[bytes], object]

_TEXT = "cnncli"
_DIGESTS = "digests"
_SEAL = "header_sha256"
_BLANK = "0" * 64
_SEALED = re.compile(rf'"{_SEAL}":"([0-9a-f]{{64}})"'.encode())
_DTYPES = ("F32", "F64")
_EXPECTED = " or ".join(_DTYPES)


class DamagedError(CheckpointError):
    """A checkpoint that is not as it was written."""


def write(path: Path, text: str, arrays: Arrays, former: Path | None = None, **how: Any) -> None:
    """Writes the file whole; the one before is then called `former`.

    how: as `write_whole` takes it, which raises WriteError and UsageError.
    """
    digests = {name: _digest(array) for name, array in arrays.items()}
    metadata = {_TEXT: text, _DIGESTS: json.dumps(digests), _SEAL: _BLANK}
    unsealed = memoryview(save(arrays, metadata=metadata))
    header = bytes(unsealed[: _end_of_header(unsealed[:8])])
    if len(header) > MAX_CHECKPOINT_HEADER:  # which could not be read again
        raise WriteError(
            f"{path}: the configuration and all names take {len(header):,} bytes, and may take "
            f"{MAX_CHECKPOINT_HEADER:,}; shorter names of classes or layers take less"
        )
    write_whole(path, _seal(header), unsealed[len(header) :], former=former, **how)


def read(path: Path, see: See = lambda content: None) -> tuple[str, Arrays]:
    """The text and the arrays that were written, with every digest checked.

    see: is given the bytes of the file.
    Raises CheckpointError where the file is missing or foreign, DamagedError where it is not as
    it was written.
    """
    with _open(path) as file:  # only once: another process may put a new file in its place
        header = _header(path, file)
        metadata, dtypes = _read_metadata(path, header)
        if not any(f'"{name}"'.encode() in header for name in (_TEXT, _SEAL)):
            raise CheckpointError(
                f"{path}: not a checkpoint of cnn: its header has no {_TEXT!r}; the weights of "
                "other programs have another order of axes; give a run or a checkpoint of cnn"
            )
        if _seal(header) != header:
            raise _damage(path, "the digest of its header does not fit")
        file.seek(0)
        content = file.read()
        see(content)
        arrays = _arrays(path, content, dtypes)
        del content
    written = mapping(metadata.get(_DIGESTS, ""))
    for name in sorted(written.keys() | arrays.keys()):
        if name not in arrays or written.get(name) != _digest(arrays[name]):
            raise _damage(path, f"the digest of {name} does not fit")
    return metadata.get(_TEXT, ""), arrays


def _damage(path: Path, reason: object) -> DamagedError:
    return DamagedError(f"{path}: the file is damaged: {reason}")


@contextmanager
def _open(path: Path) -> Iterator[io.FileIO]:
    """Without a buffer, which would hold all of it twice while it is read."""
    try:
        if not path.is_file():  # nor a pipe, which would be waited for
            raise CheckpointError(f"{path}: there is no such checkpoint")
        with path.open("rb", buffering=0) as file:
            yield file
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read: {error.strerror}") from None


def _header(path: Path, file: io.FileIO) -> bytes:
    length = file.read(8)
    if len(length) < 8 or _end_of_header(length) > os.fstat(file.fileno()).st_size:
        raise _foreign(path, "its header is cut off")
    if _end_of_header(length) > MAX_CHECKPOINT_HEADER:
        raise _foreign(path, f"its header is longer than {MAX_CHECKPOINT_HEADER:,} bytes")
    return length + file.read(_end_of_header(length) - 8)


def _end_of_header(length: bytes | memoryview) -> int:
    """The byte after the header, which begins with its length."""
    return 8 + int(struct.unpack("<Q", length)[0])


def _foreign(path: Path, reason: object) -> CheckpointError:
    if path.suffix == SUFFIX:
        return _damage(path, reason)
    return CheckpointError(
        f"{path}: not a checkpoint; give a run's directory, or a {SUFFIX} file in it"
    )


def _read_metadata(path: Path, header: bytes) -> tuple[dict[str, str], dict[str, str]]:
    found = mapping(header[8:])
    if not found:
        raise _foreign(path, "its header is not a JSON object")
    metadata = _texts(found.pop("__metadata__", None))
    return metadata, {name: _texts(about).get("dtype", "") for name, about in found.items()}


def _texts(values: object) -> dict[str, str]:
    mapping = values if isinstance(values, dict) else {}
    return {name: value for name, value in mapping.items() if isinstance(value, str)}


def mapping(text: str | bytes) -> dict[str, Any]:
    """A JSON object; an empty one where the text is anything else, or has a key twice."""
    try:
        found = json.loads(text, object_pairs_hook=_with_each_key_once)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _with_each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _seal(header: bytes) -> bytes:
    """The header with its digest in its place; nothing where it has not one place for it."""
    places = list(_SEALED.finditer(header))
    if len(places) != 1:
        return b""
    start, end = places[0].span(1)
    blank = header[:start] + _BLANK.encode() + header[end:]
    return header[:start] + hashlib.sha256(blank).hexdigest().encode() + header[end:]


def _arrays(path: Path, content: bytes, dtypes: Mapping[str, str]) -> Arrays:
    """All arrays. The library checks that shapes and places fit each other and the file."""
    for name, dtype in dtypes.items():
        if dtype not in _DTYPES:
            raise _damage(path, f"{name} has numbers of type {dtype!r}, not {_EXPECTED}")
    try:
        return load(content)
    except (SafetensorError, ValueError) as error:
        raise _foreign(path, error) from None


def _digest(array: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def form_text(array: NDArray[Any]) -> str:
    """An array's shape and type in words."""
    return f"{shape_text(array.shape)} {array.dtype}"


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return "x".join(map(str, shape)) or "a number"
