"""The header of a safetensors file of ours: a text, and what it says of the arrays.

It has a SHA-256 of itself, computed while zeros stand in its place, so that what it says is known
to be as it was written before an array is read, or where none is: without NumPy.
"""

import hashlib
import io
import json
import os
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cnncli.bounds import MAX_CHECKPOINT_HEADER
from cnncli.errors import CheckpointError

SUFFIX = ".safetensors"
TEXT = "cnncli"
DIGESTS = "digests"
SEAL = "header_sha256"
BLANK = "0" * 64
_SEALED = re.compile(rf'"{SEAL}":"([0-9a-f]{{64}})"'.encode())


class DamagedError(CheckpointError):
    """A checkpoint that is not as it was written."""


def read_text(path: Path) -> str:
    """The text that was written beside the arrays; of these nothing is read.

    Raises CheckpointError where the file is missing or foreign, DamagedError where its header is
    not as it was written.
    """
    with open_file(path) as file:
        metadata, _ = read_header(path, file)
    return metadata.get(TEXT, "")


def read_header(path: Path, file: io.FileIO) -> tuple[dict[str, str], dict[str, str]]:
    """The texts by their names, and the type of each array's numbers; raises as `read_text`."""
    header = _header(path, file)
    metadata, dtypes = _read_metadata(path, header)
    if not any(f'"{name}"'.encode() in header for name in (TEXT, SEAL)):
        raise CheckpointError(
            f"{path}: not a checkpoint of cnn: its header has no {TEXT!r}; the weights of "
            "other programs have another order of axes; give a run or a checkpoint of cnn"
        )
    if seal(header) != header:
        raise damage(path, "the digest of its header does not fit")
    return metadata, dtypes


def damage(path: Path, reason: object) -> DamagedError:
    """The error for a file that is not as it was written."""
    return DamagedError(f"{path}: the file is damaged: {reason}")


@contextmanager
def open_file(path: Path) -> Iterator[io.FileIO]:
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
    if len(length) < 8 or end_of_header(length) > os.fstat(file.fileno()).st_size:
        raise foreign(path, "its header is cut off")
    if end_of_header(length) > MAX_CHECKPOINT_HEADER:
        raise foreign(path, f"its header is longer than {MAX_CHECKPOINT_HEADER:,} bytes")
    return length + file.read(end_of_header(length) - 8)


def end_of_header(length: bytes | memoryview) -> int:
    """The byte after the header, which begins with its length."""
    return 8 + int(struct.unpack("<Q", length)[0])


def foreign(path: Path, reason: object) -> CheckpointError:
    """The error for what is no checkpoint by what it holds; by its name it may be one."""
    if path.suffix == SUFFIX:
        return damage(path, reason)
    return CheckpointError(
        f"{path}: not a checkpoint; give a run's directory, or a {SUFFIX} file in it"
    )


def _read_metadata(path: Path, header: bytes) -> tuple[dict[str, str], dict[str, str]]:
    found = mapping(header[8:])
    if not found:
        raise foreign(path, "its header is not a JSON object")
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


def seal(header: bytes) -> bytes:
    """The header with its digest in its place; nothing where it has not one place for it."""
    places = list(_SEALED.finditer(header))
    if len(places) != 1:
        return b""
    start, end = places[0].span(1)
    blank = header[:start] + BLANK.encode() + header[end:]
    return header[:start] + hashlib.sha256(blank).hexdigest().encode() + header[end:]
