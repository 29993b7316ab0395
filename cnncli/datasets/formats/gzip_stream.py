"""Compressed streams, unzipped as far as they are read and no further."""

import io
import zlib
from typing import Any, Protocol

from cnncli.bounds import MAX_MEMBERS

GZIP, ZLIB = 31, 15
"""The forms of a stream, as zlib calls them."""
_BLOCK, _PIECE = 2**16, 2**20
"""Bytes that are read, and unzipped, in one go."""


class UnzipError(Exception):
    """The stream is damaged, or ends too early."""


class Source(Protocol):
    """What is read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes; fewer only at the end."""


def unzip(source: Source, form: int) -> io.BufferedReader:
    """The content of a compressed stream. Reading raises UnzipError, at the end for the checksum.

    No more is unzipped than is asked for, however well it was compressed.
    """
    return io.BufferedReader(_Unzipping(source, form))


class _Unzipping(io.RawIOBase):
    def __init__(self, source: Source, form: int) -> None:
        self._source = source
        self._form = form
        self._zlib = zlib.decompressobj(form)
        self._rest = b""
        self._members = 1
        self._is_done = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        piece = b""
        while not piece and not self._is_done:
            piece = self._piece(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def _piece(self, most: int) -> bytes:
        """Some bytes, or none where more must be read for them."""
        if self._zlib.eof:
            self._next_member()
            return b""
        block = self._zlib.unconsumed_tail or self._block()
        try:
            piece = self._zlib.decompress(block, min(most, _PIECE))
        except zlib.error as error:
            raise UnzipError(str(error).rpartition(": ")[2]) from None
        if not block and not piece and not self._zlib.eof:
            raise UnzipError("it ends too early")
        return piece

    def _block(self) -> bytes:
        rest, self._rest = self._rest, b""
        return rest or self._source.read(_BLOCK)

    def _next_member(self) -> None:
        """Goes on after the end of a gzip file, where another one may begin, or zeros."""
        self._rest = self._zlib.unused_data
        self._rest = self._block().lstrip(b"\0") if self._form == GZIP else b""
        if not self._rest:
            self._is_done = True
            return
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise UnzipError(f"more than {MAX_MEMBERS:,} members")
        self._zlib = zlib.decompressobj(self._form)
