"""Arrays and a text in a safetensors file that tells when a single bit of it has changed.

A safetensors file holds numbers, and a header of JSON that names them: nothing that could be
executed. In the header's metadata are the SHA-256 of each array, and one of the header itself,
computed while zeros stand in its place. So everything that the header promises is known to be as
it was written, and to fit into the file, before an array is read.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from cnncli.bounds import MAX_CHECKPOINT_HEADER
from cnncli.errors import WriteError
from cnncli.files import write_whole

from .safetensors_header import (
    BLANK,
    DIGESTS,
    SEAL,
    TEXT,
    damage,
    end_of_header,
    foreign,
    mapping,
    open_file,
    read_header,
    seal,
)

Arrays = dict[str, NDArray[Any]]
See = Callable[[bytes], object]

_DTYPES = ("F32", "F64")
_EXPECTED = " or ".join(_DTYPES)


def write(path: Path, text: str, arrays: Arrays, former: Path | None = None, **how: Any) -> None:
    """Writes the file whole; the one before is then called `former`.

    how: as `write_whole` takes it, which raises WriteError and UsageError.
    """
    digests = {name: _digest(array) for name, array in arrays.items()}
    metadata = {TEXT: text, DIGESTS: json.dumps(digests), SEAL: BLANK}
    unsealed = memoryview(save(arrays, metadata=metadata))
    header = bytes(unsealed[: end_of_header(unsealed[:8])])
    if len(header) > MAX_CHECKPOINT_HEADER:  # which could not be read again
        raise WriteError(
            f"{path}: the configuration and all names take {len(header):,} bytes, and may take "
            f"{MAX_CHECKPOINT_HEADER:,}; shorter names of classes or layers take less"
        )
    write_whole(path, seal(header), unsealed[len(header) :], former=former, **how)


def read(path: Path, see: See = lambda content: None) -> tuple[str, Arrays]:
    """The text and the arrays that were written, with every digest checked.

    see: is given the bytes of the file.
    Raises CheckpointError where the file is missing or foreign, DamagedError where it is not as
    it was written.
    """
    with open_file(path) as file:  # only once: another process may put a new file in its place
        metadata, dtypes = read_header(path, file)
        file.seek(0)
        content = file.read()
        see(content)
        arrays = _arrays(path, content, dtypes)
        del content
    written = mapping(metadata.get(DIGESTS, ""))
    for name in sorted(written.keys() | arrays.keys()):
        if name not in arrays or written.get(name) != _digest(arrays[name]):
            raise damage(path, f"the digest of {name} does not fit")
    return metadata.get(TEXT, ""), arrays


def _arrays(path: Path, content: bytes, dtypes: Mapping[str, str]) -> Arrays:
    """All arrays. The library checks that shapes and places fit each other and the file."""
    for name, dtype in dtypes.items():
        if dtype not in _DTYPES:
            raise damage(path, f"{name} has numbers of type {dtype!r}, not {_EXPECTED}")
    try:
        return load(content)
    except (SafetensorError, ValueError) as error:
        raise foreign(path, error) from None


def _digest(array: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()


def form_text(array: NDArray[Any]) -> str:
    """An array's shape and type in words."""
    return f"{shape_text(array.shape)} {array.dtype}"


def shape_text(shape: tuple[int, ...]) -> str:
    """A shape in words."""
    return "x".join(map(str, shape)) or "a number"
