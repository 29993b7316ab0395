"""The standard streams as the caller may have left them: closed, full, or of few characters."""

import codecs
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from cnncli.errors import WriteError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_ASCII = "escaped_ascii"


@contextmanager
def standard_streams() -> Iterator[None]:
    """While it is entered, what is written to them is written whatever they are.

    Characters that a stream lacks are written as \\xNN, \\uNNNN. Nothing is written to one that the
    caller has closed, and what standard error cannot take is dropped: neither changes what a
    command does. Raises in the writer WriteError where standard output takes no more, and
    BrokenPipeError where nobody reads it any more.
    """
    _fill_numbers()
    codecs.register(_find_codec)
    before = sys.stdout, sys.stderr
    sys.stdout = _prepare(before[0], is_heard=True)
    sys.stderr = _prepare(before[1], is_heard=False)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _fill_numbers() -> None:
    """Opens the numbers 0 to 2 where they are free: else the next file would be one of these."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(opened)


class _Raw(io.RawIOBase):
    """What writes to a standard stream. What it fails to write is dropped, and all that follows.

    Else Python would try to write it once more at its end, and fail there.
    """

    def __init__(self, raw: Any, *, is_heard: bool) -> None:
        """is_heard: that it fails is raised."""
        self._raw = raw
        self._is_heard = is_heard
        self._has_failed = False

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._raw.isatty())

    def fileno(self) -> int:
        return int(self._raw.fileno())

    def write(self, data: "ReadableBuffer") -> int:
        try:
            while not self._has_failed:
                written: int | None = self._raw.write(data)
                if written is not None:
                    return written
                select.select([], [self._raw], [])  # it is full, and would not wait by itself
        except OSError as error:
            self._has_failed = True
            if self._is_heard:
                if isinstance(error, BrokenPipeError):
                    raise
                raise WriteError(
                    f"standard output: could not be written: {error.strerror}"
                ) from None
        return memoryview(data).nbytes


def _prepare(stream: TextIO | None, *, is_heard: bool) -> TextIO:
    if stream is None:
        return open(os.devnull, "w")
    if not isinstance(stream, io.TextIOWrapper):  # of a program whose thread this is
        return stream
    is_ascii = codecs.lookup(stream.encoding).name == "ascii"
    raw = _Raw(getattr(stream.buffer, "raw", stream.buffer), is_heard=is_heard)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        _ASCII if is_ascii else stream.encoding,
        errors="backslashreplace",
        line_buffering=True,
    )


def _find_codec(name: str) -> codecs.CodecInfo | None:
    """ASCII under another name: click writes UTF-8 to a stream that is called by its own."""
    if name != _ASCII:
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode,
        known.decode,
        known.streamreader,
        known.streamwriter,
        known.incrementalencoder,
        known.incrementaldecoder,
        name=name,
    )
