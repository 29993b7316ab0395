"""What a pickle says of an array, taken down in the place of NumPy's own functions.

These are plain values: nothing here runs what a pickle names.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnncli.datasets.dataset import Images

_MOST_SIZES = 8
_MOST_LETTERS = 20
_BEYOND_LATIN1 = 0xC4
"""The first byte of UTF-8 that begins a character which needs more than a byte in memory."""


class UnpicklingError(Exception):
    """The bytes are no pickle, or ask for more than the data of an array."""


@dataclass
class PickledType:
    """What a pickle says of a dtype: its letters, as in 'u1'."""

    letters: str


@dataclass
class PickledArray:
    """What a pickle says of an array: shape, dtype, order and raw bytes."""

    shape: tuple[int, ...] | None = None
    letters: str | None = None
    is_fortran: bool = False
    raw: bytes | None = None

    def as_bytes(self) -> Images | None:
        """The array, if it is one of some unsigned bytes whose shape and length agree."""
        if self.letters not in ("u1", "|u1") or not self.raw or self.shape is None:
            return None
        if len(self.raw) != math.prod(self.shape):
            return None
        order: Any = "F" if self.is_fortran else "C"
        return np.frombuffer(self.raw, np.uint8).reshape(self.shape, order=order)

    def describe(self) -> str:
        """Shape and dtype, for a message."""
        return f"shape {self.shape}, dtype {self.letters}"


def damage(what: str) -> UnpicklingError:
    """The error for bytes that are no pickle."""
    return UnpicklingError(f"damage ({what})")


def letters_of(letters: str | bytes) -> str:
    """A dtype's letters, as they may be shown."""
    if len(letters) > _MOST_LETTERS:
        return "unknown"
    text = letters if isinstance(letters, str) else letters.decode("latin1")
    return text if text.isprintable() else "unknown"


def shape_of(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """A row of sizes. Raises UnpicklingError for anything else."""
    if len(shape) > _MOST_SIZES or not all(type(n) is int and 0 <= n < 2**63 for n in shape):
        raise UnpicklingError("an array whose shape is no row of sizes")
    return shape


def decoded(content: bytes) -> str:
    """A text of CIFAR's writers: names, or bytes as characters, which are all of latin1.

    Raises UnpicklingError for others: one of them makes a text four times as large.
    """
    if not content.isascii() and np.frombuffer(content, np.uint8).max() >= _BEYOND_LATIN1:
        raise UnpicklingError("a text that is not latin1")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise damage(str(error.reason)) from None


def encoded(text: str, encoding: str) -> bytes:
    """How protocol 2 of Python 3 writes bytes: a call of codecs.encode with latin1.

    Raises UnpicklingError.
    """
    if encoding != "latin1":
        raise UnpicklingError(f"the encoding {encoding[:20]!r}")
    return text.encode(encoding)
