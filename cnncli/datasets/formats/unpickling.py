"""A reader of pickles that hold plain values and arrays of bytes, and that runs no one's code.

A pickle is a program for a machine with a stack (Python's pickletools describes it). The machine
here knows only the instructions that the data of CIFAR is written with, and in the place of NumPy's
functions, which a pickle may name, it takes down what they are told of an array.
"""

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from .pickled import (
    PickledArray,
    PickledType,
    UnpicklingError,
    damage,
    decoded,
    encoded,
    letters_of,
    shape_of,
)

MOST_STEPS = 500_000
"""Instructions of a file; CIFAR-100's have 200,000."""
MOST_MADE = 3 * 2**26
"""Bytes that are taken out of a file and made of those; CIFAR-100's have 155 million."""
_LONGEST_TEXT = 3 * 2**24
"""Bytes of a text, in which some writers put those of a batch."""
_LONGEST_NUMBER = 16
"""Bytes of a whole number; labels have one or two."""
_LONGEST_KEY = 100
"""Of a dict; comparing keys takes as long as they are."""


class _Name(NamedTuple):
    module: str
    name: str


_MAKERS = {
    _Name("numpy.core.multiarray", "_reconstruct"),
    _Name("numpy._core.multiarray", "_reconstruct"),
    _Name("numpy", "ndarray"),
}
_DTYPE = _Name("numpy", "dtype")
_ENCODE = _Name("_codecs", "encode")


def restricted_loads(content: bytes) -> Any:
    """The pickled value; texts that Python 2 wrote come as bytes. Raises UnpicklingError."""
    return _Machine(content).run()


class _Machine:
    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 0
        self.made = 0
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        for _ in range(MOST_STEPS):
            code = self.take(1)
            if code == b".":
                return self.pop()
            step = _INSTRUCTIONS.get(code)
            if step is None:
                raise UnpicklingError(f"the instruction {code[0]:#04x}, which no data needs")
            step(self)
        raise UnpicklingError(f"more than {MOST_STEPS:,} instructions")

    def take(self, size: int) -> bytes:
        """The next bytes of the file."""
        start, self.at = self.at, self.at + size
        if size < 0 or self.at > len(self.content):
            raise damage("it ends too early")
        return self.content[start : self.at]

    def make(self, size: int) -> None:
        """Counts bytes before they are made of others, which a pickle may ask for many times."""
        self.made += size
        if self.at + self.made > MOST_MADE:
            raise UnpicklingError(f"more than {MOST_MADE:,} bytes made of {len(self.content):,}")

    def number(self, form: str) -> int:
        """A whole number in one of struct's formats."""
        found: int
        (found,) = struct.unpack(form, self.take(struct.calcsize(form)))
        return found

    def text(self, content: bytes) -> str:
        if len(content) > _LONGEST_TEXT:
            raise UnpicklingError(f"a text of {len(content):,} bytes")
        self.make(len(content))
        return decoded(content)

    def pop(self) -> Any:
        """The last value, which stands behind the last mark."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise damage("a value is missing")
        return self.stack.pop()

    def last(self, kind: type) -> Any:
        """The last value, which stays, if it is of that type."""
        if not self.stack or not isinstance(self.stack[-1], kind):
            raise damage(f"a {kind.__name__} is missing")
        return self.stack[-1]

    def since_mark(self) -> list[Any]:
        """All values behind the last mark."""
        if not self.marks:
            raise damage("a mark is missing")
        start = self.marks.pop()
        values = self.stack[start:]
        del self.stack[start:]
        return values

    def push_long(self) -> None:
        size = self.number("<B")
        if size > _LONGEST_NUMBER:
            raise UnpicklingError(f"a whole number of {size} bytes")
        self.stack.append(int.from_bytes(self.take(size), "little", signed=True))

    def push_tuple(self, size: int) -> None:
        values = [self.pop() for _ in range(size)]
        self.stack.append(tuple(values[::-1]))

    def append(self, values: list[Any]) -> None:
        self.last(list).extend(values)

    def set_items(self, values: list[Any]) -> None:
        target = self.last(dict)
        keys = values[::2]
        if len(values) % 2 or not all(
            isinstance(key, str | bytes) and len(key) <= _LONGEST_KEY for key in keys
        ):
            raise UnpicklingError("a dict whose keys are no short texts")
        target.update(zip(keys, values[1::2], strict=True))

    def remember(self, key: int) -> None:
        self.memo[key] = self.last(object)

    def recall(self, key: int) -> None:
        if key not in self.memo:
            raise damage(f"nothing is remembered as {key}")
        self.stack.append(self.memo[key])

    def push_global(self) -> None:
        lines = []
        for _ in range(2):
            end = self.content.find(b"\n", self.at)
            lines.append(self.text(self.take(end - self.at)))
            self.at += 1
        self.push_name(*lines)

    def push_stack_global(self) -> None:
        name, module = self.pop(), self.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise damage("a name is missing")
        self.push_name(module, name)

    def push_name(self, module: str, name: str) -> None:
        found = _Name(module, name)
        if found not in _MAKERS | {_DTYPE, _ENCODE}:
            shown = f"{module}.{name}"[:100]
            raise UnpicklingError(f"a call of {shown}, which is not admitted")
        self.stack.append(found)

    def call(self) -> None:
        arguments, name = self.pop(), self.pop()
        match name, arguments:
            case _Name(), tuple() if name in _MAKERS:
                self.stack.append(PickledArray())
            case _Name(), (str() | bytes() as letters, *_) if name == _DTYPE:
                self.stack.append(PickledType(letters_of(letters)))
            case _Name(), (str() as text, str() as encoding) if name == _ENCODE:
                self.make(len(text))
                self.stack.append(encoded(text, encoding))
            case _:
                raise damage("a call of something else than a function")

    def build(self) -> None:
        state, target = self.pop(), self.last(object)
        match target, state:
            case PickledType(), _:  # byte order and alignment, which single bytes do not have
                pass
            case PickledArray(), (
                _,
                tuple() as shape,
                PickledType() as dtype,
                order,
                bytes() as raw,
            ):
                target.shape, target.letters = shape_of(shape), dtype.letters
                target.is_fortran, target.raw = order is True, raw
            case _:
                raise damage("an array without shape, dtype or content")

    def refer_outside(self) -> None:
        raise UnpicklingError("a reference to something outside the file")


_Instruction = Callable[[_Machine], None]


def _skip(size: int) -> _Instruction:
    def step(machine: _Machine) -> None:
        machine.take(size)

    return step


def _constant(value: Any) -> _Instruction:
    return lambda machine: machine.stack.append(value)


def _number(form: str) -> _Instruction:
    return lambda machine: machine.stack.append(machine.number(form))


def _bytes(form: str) -> _Instruction:
    return lambda machine: machine.stack.append(machine.take(machine.number(form)))


def _text(form: str) -> _Instruction:
    return lambda machine: machine.stack.append(machine.text(machine.take(machine.number(form))))


_INSTRUCTIONS: dict[bytes, _Instruction] = {
    b"\x80": _skip(1),  # the protocol's number
    b"\x95": _skip(8),  # a frame's length
    b"N": _constant(None),
    b"\x88": _constant(True),
    b"\x89": _constant(False),
    b"K": _number("<B"),
    b"M": _number("<H"),
    b"J": _number("<i"),
    b"\x8a": _Machine.push_long,
    b"U": _bytes("<B"),
    b"T": _bytes("<i"),
    b"C": _bytes("<B"),
    b"B": _bytes("<I"),
    b"\x8e": _bytes("<Q"),
    b"\x8c": _text("<B"),
    b"X": _text("<I"),
    b"(": lambda machine: machine.marks.append(len(machine.stack)),
    b"]": lambda machine: machine.stack.append([]),
    b"}": lambda machine: machine.stack.append({}),
    b")": lambda machine: machine.push_tuple(0),
    b"\x85": lambda machine: machine.push_tuple(1),
    b"\x86": lambda machine: machine.push_tuple(2),
    b"\x87": lambda machine: machine.push_tuple(3),
    b"t": lambda machine: machine.stack.append(tuple(machine.since_mark())),
    b"a": lambda machine: machine.append([machine.pop()]),
    b"e": lambda machine: machine.append(machine.since_mark()),
    b"s": lambda machine: machine.set_items([machine.pop(), machine.pop()][::-1]),
    b"u": lambda machine: machine.set_items(machine.since_mark()),
    b"q": lambda machine: machine.remember(machine.number("<B")),
    b"r": lambda machine: machine.remember(machine.number("<I")),
    b"\x94": lambda machine: machine.remember(len(machine.memo)),
    b"h": lambda machine: machine.recall(machine.number("<B")),
    b"j": lambda machine: machine.recall(machine.number("<I")),
    b"c": _Machine.push_global,
    b"\x93": _Machine.push_stack_global,
    b"R": _Machine.call,
    b"b": _Machine.build,
    b"P": _Machine.refer_outside,
    b"Q": _Machine.refer_outside,
}
"""What each instruction does; the bytes are those of Python's module pickle."""
