"""HTTP whose answers' heads and reads have limits: in time, not only in each wait, and in bytes.

http.client reads the lines of the protocol (status, headers, sizes of chunks, trailers) until they
end: a byte now and then, or lines without an end, would hold it for ever.
"""

import time
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from io import BufferedReader, RawIOBase
from socket import socket
from typing import TYPE_CHECKING
from urllib.request import AbstractHTTPHandler, Request

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_MOST = 2**20
"""Bytes that come for a head, or for one read, which asks for far fewer."""


class TimedHandler(AbstractHTTPHandler):
    """Opens http and https addresses for urllib; answers raise TimeoutError or HTTPException."""

    http_request = https_request = AbstractHTTPHandler.do_request_

    def http_open(self, request: Request) -> HTTPResponse:
        """Asks over plain HTTP."""
        return self.do_open(_Connection, request)

    def https_open(self, request: Request) -> HTTPResponse:
        """Asks over TLS, and trusts what the system trusts."""
        return self.do_open(_SecureConnection, request)


class _Answer(HTTPResponse):
    """The limits hold from when it is awaited, and anew for each `read1`."""

    def __init__(
        self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._receiver = _Receiver(self.fp.detach(), sock.gettimeout() or 0.0)
        self.fp = BufferedReader(self._receiver)

    def read1(self, n: int = -1) -> bytes:
        self._receiver.begin()
        return super().read1(n)


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class _Receiver(RawIOBase):
    """What comes from a socket, within the limits since `begin`."""

    def __init__(self, stream: RawIOBase, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """Counts time and bytes from now on."""
        self._end = time.monotonic() + self._seconds
        self._left = _MOST

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if time.monotonic() > self._end:
            raise TimeoutError
        count = self._stream.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise HTTPException(f"more than {_MOST:,} bytes around the file's")
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()
