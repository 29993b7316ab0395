"""Arrays in files of other programs, looked at before they are read. Anybody may have written them.

A safetensors file holds numbers and their names, and nothing that could be executed. PyTorch's own
files are pickles: PyTorch reads them itself, and lets them make tensors alone (`weights_only`).
"""

import os
import warnings
import zipfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError, safe_open

from cnncli.bounds import MAX_CHECKPOINT_HEADER
from cnncli.datasets.problems import problem, unreadable
from cnncli.errors import DataError, UsageError
from cnncli.lazy import Array
from cnncli.text import printable, short
from cnncli.training.storage.safetensors_header import end_of_header

_SAFETENSORS = ".safetensors"
_PICKLED = (".pth", ".pt")
SUFFIXES = (_SAFETENSORS, *_PICKLED)
FLOATS = {"F16": "float16", "F32": "float32", "F64": "float64"}
_OWN_REMEDY = "a file of torch.save is called .pth; any other is damaged"
_PICKLED_REMEDY = "save the weights alone: torch.save(model.state_dict(), 'weights.pth')"


class Unread(NamedTuple):
    """An array of a file: its shape, the type of its numbers, and what reads it."""

    shape: tuple[int, ...]
    dtype: str
    read: Callable[[], Array]


def arrays_of(path: Path) -> Mapping[str, Unread]:
    """The arrays of a file by their names there.

    Raises UsageError where the file's name says that it is no such file, or PyTorch is needed,
    DataError where it cannot be read, or is not what its name says.
    """
    if path.suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise UsageError(f"{path}: not the name of a file of weights; these end in {known}")
    if os.path.exists(path) and not os.path.isfile(path):  # a pipe would be waited for
        raise problem(path, "a file of weights", "no file", "check the name")
    try:
        with open(path, "rb") as file:
            beginning, size = file.read(8), os.fstat(file.fileno()).st_size
    except OSError as error:
        raise unreadable(path, error) from None
    if path.suffix == _SAFETENSORS:
        return _of_safetensors(path, beginning, size)
    return _of_torch(path, size)


def _of_safetensors(path: Path, beginning: bytes, size: int) -> Mapping[str, Unread]:
    """The library checks that shapes and places fit each other, and the file."""
    if len(beginning) < 8 or end_of_header(beginning) > size:
        raise _foreign(path, "a header that is cut off")
    if end_of_header(beginning) > MAX_CHECKPOINT_HEADER:
        raise _foreign(path, f"a header of more than {MAX_CHECKPOINT_HEADER:,} bytes")
    found = {}
    try:
        file: Any = safe_open(os.fspath(path), framework="np")
        for name in file.keys():  # noqa: SIM118  # it is no mapping
            about = file.get_slice(name)
            dtype = about.get_dtype()
            shape = tuple(about.get_shape())
            found[name] = Unread(shape, FLOATS.get(dtype, dtype), partial(file.get_tensor, name))
    except (SafetensorError, OSError) as error:
        raise _foreign(path, f"a damaged one ({error})") from None
    return found


def _foreign(path: Path, found: str) -> DataError:
    return problem(path, "a safetensors file", found, _OWN_REMEDY)


def _of_torch(path: Path, size: int) -> Mapping[str, Unread]:
    try:
        import torch
    except ImportError:
        raise UsageError(
            f"{path}: PyTorch is needed to read it; install it (pip install torch), or, where it "
            "is, save the weights as safetensors: safetensors.torch.save_file(model.state_dict(), "
            "'weights.safetensors')"
        ) from None
    try:
        _check_growth(path, size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)
    except DataError:
        raise
    except Exception as error:  # of any kind, for a file that is damaged or made to harm
        reason = f"something else ({type(error).__name__})"
        raise problem(path, "weights of PyTorch", reason, _PICKLED_REMEDY) from None
    if not isinstance(found, dict) or not found:
        raise problem(path, "weights by their names", type(found).__name__, _PICKLED_REMEDY)
    return {_name(path, name): _unread(path, torch, name, each) for name, each in found.items()}


def _check_growth(path: Path, size: int) -> None:
    """PyTorch packs nothing: an archive holds no more bytes than it has itself."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            grown = sum(member.file_size for member in archive.infolist())
        if grown > size:
            found = f"{size:,} bytes that grow to {grown:,}"
            raise problem(path, "weights of PyTorch", found, _PICKLED_REMEDY)


def _name(path: Path, name: object) -> str:
    if not isinstance(name, str):
        found = f"a name of type {type(name).__name__}"
        raise problem(path, "weights by their names", found, _PICKLED_REMEDY)
    return name


def _unread(path: Path, torch: Any, name: object, value: Any) -> Unread:
    """A tensor that lies in memory as its numbers."""
    is_plain = (
        isinstance(value, torch.Tensor)
        and value.layout == torch.strided
        and value.device.type == "cpu"
        and not (value.is_conj() or value.is_neg())
    )
    if not is_plain:
        where = short(printable(name))
        raise problem(path, f"an array {where}", type(value).__name__, _PICKLED_REMEDY)
    dtype = str(value.dtype).removeprefix("torch.")
    return Unread(tuple(value.shape), dtype, value.detach().numpy)
