"""A restricted unpickler: plain values and arrays of bytes, and no code of anyone's.

A pickle is a program that may call whatever it can name. Here it can name only the stand-ins
below: they take down what the pickle says of an array, and NumPy itself is never called by it.
"""

import io
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np

from .dataset import Images


class UnpicklingError(Exception):
    """The bytes are no pickle, or ask for more than the data of an array."""


class PickledType:
    """What a pickle says of a dtype: its letters, as in 'u1'."""

    letters: Any = None

    def __init__(self, letters: Any = None, *_: Any) -> None:
        self.letters = letters.decode() if isinstance(letters, bytes) else letters

    def __setstate__(self, state: Any) -> None:
        """Byte order and alignment, which single bytes do not have."""


class PickledArray:
    """What a pickle says of an array: shape, dtype, order and raw bytes."""

    _shape: Any = None
    _letters: Any = None
    _fortran: Any = False
    _raw: Any = None

    def __init__(self, *_: Any) -> None:
        """Nothing is known of it before its state is set."""

    def __setstate__(self, state: Any) -> None:
        _, self._shape, dtype, self._fortran, self._raw = state
        self._letters = getattr(dtype, "letters", None)

    def as_bytes(self) -> Images | None:
        """The array, if it is one of unsigned bytes whose shape and length agree."""
        if self._letters not in ("u1", "|u1") or not isinstance(self._raw, bytes):
            return None
        if not isinstance(self._shape, tuple):
            return None
        if not all(type(size) is int and size >= 0 for size in self._shape):
            return None
        if len(self._raw) != math.prod(self._shape):
            return None
        order: Any = "F" if self._fortran else "C"
        return np.frombuffer(self._raw, np.uint8).reshape(self._shape, order=order)

    def describe(self) -> str:
        """Shape and dtype, for a message."""
        return f"shape {self._shape}, dtype {self._letters}"


def _bytes_of(text: str, encoding: str) -> bytes:
    """How protocol 2 of Python 3 writes bytes: a call of codecs.encode with latin1."""
    if encoding != "latin1":
        raise UnpicklingError(f"the encoding {encoding!r}")
    return text.encode(encoding)


_ADMITTED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): PickledArray,
    ("numpy._core.multiarray", "_reconstruct"): PickledArray,
    ("numpy", "ndarray"): PickledArray,
    ("numpy", "dtype"): PickledType,
    ("_codecs", "encode"): _bytes_of,
}


class _Restricted(pickle._Unpickler):
    """The one in Python: that in C takes as much memory as the numbers in a pickle tell it to."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ADMITTED:
            raise UnpicklingError(f"a call of {module}.{name}, which is not admitted")
        return _ADMITTED[module, name]

    def persistent_load(self, _: Any) -> Any:
        raise UnpicklingError("a reference to something outside the file")


def restricted_loads(content: bytes) -> Any:
    """The pickled value; texts that Python 2 wrote come as bytes. Raises UnpicklingError."""
    try:
        return _Restricted(io.BytesIO(content), encoding="bytes").load()
    except UnpicklingError:
        raise
    except Exception as error:  # A damaged pickle may fail in any way at all.
        raise UnpicklingError(f"damage ({error})") from None
