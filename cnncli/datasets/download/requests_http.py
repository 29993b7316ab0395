"""One question over HTTP: to safe addresses, through proxies, along redirects, in bounded time.

http.client reads the lines of the protocol (status, headers, sizes of chunks) until they end, and a
socket's limit is for each wait alone: a byte now and then would hold it for ever. Here the limit is
for an answer's whole head, and then for each read.
"""

import http.client
import os
import re
import string
import time
import urllib.request
from collections.abc import Callable
from concurrent.futures import Future
from io import BufferedIOBase, BufferedReader, RawIOBase
from ipaddress import ip_address
from pathlib import Path
from socket import socket
from threading import Thread
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.error import URLError
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from cnncli.bounds import MAX_REDIRECTS
from cnncli.datasets.problems import beginning, problem, unreadable
from cnncli.errors import DataError
from cnncli.text import printable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

T = TypeVar("T")

_REDIRECTS = (301, 302, 303, 307, 308)
_ELSEWHERE = "try another mirror"


class TransientError(DataError):
    """A problem that the next try may not meet; is_unreached: there is no way to the server."""

    def __init__(self, message: str, *, is_unreached: bool = False) -> None:
        super().__init__(message)
        self.is_unreached = is_unreached


Body: TypeAlias = tuple[BufferedIOBase, int]
"""Bytes to come, to be closed; and which of the file's bytes the first of them is."""


def open_body(
    place: str | Path, start: int, size: int, seconds: float, seconds_each: float
) -> Body:
    """A file of `size` bytes from byte `start` on, or all of it where no part is given.

    seconds: until the first bytes are there. seconds_each: to connect, for each answer's head, for
    each later `read1`. Raises DataError, as TransientError where another try may help.
    """
    if isinstance(place, Path):
        return _open_file(place, start, size)
    try:
        return _in_time(seconds, lambda: _open_answer(place, start, size, seconds_each))
    except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
        raise _failure(place, error, seconds_each) from None


def _open_file(path: Path, start: int, size: int) -> Body:
    """From a mirror that is a folder."""
    try:
        if not os.path.isfile(path):
            raise problem(
                path, "a file", "none", "check the mirror: it is laid out like a data root"
            )
        found = path.stat().st_size
        if found != size:
            raise problem(path, f"{size:,} bytes", f"{found:,}", _ELSEWHERE)
        stream = path.open("rb")
        stream.seek(start)
    except OSError as error:
        raise unreadable(path, error) from None
    return stream, start


def _open_answer(url: str, start: int, size: int, seconds: float) -> Body:
    """A checked answer, whose first bytes are there; what does not fit the range is not used."""
    response = _ask(url, start, seconds)
    given = response.headers.get("Content-Range", "").strip()
    fits = re.fullmatch(rf"bytes {start}-{size - 1}/({size}|\*)", given)
    if start and (response.status == 416 or (response.status == 206 and not fits)):
        response.close()
        start, response = 0, _ask(url, 0, seconds)
    elif response.status == 200:
        start = 0
    try:
        _check(response, url, start, size - start)
        if not response.peek(1):
            raise TransientError(
                f"{printable(url)}: expected {size - start:,} bytes to come, found none"
            )
    except BaseException:
        response.close()
        raise
    return response, start


def _check(response: http.client.HTTPResponse, url: str, start: int, expected: int) -> None:
    """Raises DataError unless the answer is the file from `start` on, of the expected length."""
    status = response.status
    if status != (206 if start else 200):
        phrase = http.client.responses.get(status, "")
        message = f"{printable(url)}: the server answers {status} {phrase}".rstrip()
        if status in (408, 429) or status >= 500:
            raise TransientError(message)
        raise DataError(f"{message}; {_ELSEWHERE}")
    if response.length not in (None, expected):
        raise problem(url, f"{expected:,} bytes to come", f"{response.length:,}", _ELSEWHERE)


def _failure(url: str, error: Exception, seconds: float) -> DataError:
    """Why no answer came; a transient one, unless the address itself is the reason."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return TransientError(f"{printable(url)}: no answer within {seconds:g} s")
    message = f"{printable(url)}: cannot be fetched{_by_way_of(url)}: {reason_of(reason)}"
    is_dropped = isinstance(reason, ConnectionError | http.client.HTTPException)
    if is_dropped and not isinstance(reason, ConnectionRefusedError | http.client.InvalidURL):
        return TransientError(message)
    if isinstance(reason, OSError):
        return TransientError(message, is_unreached=True)
    return DataError(f"{message}; {_ELSEWHERE}")


def reason_of(error: BaseException | str) -> str:
    """For a message: servers and proxies word it too."""
    if isinstance(error, OverflowError):  # the size of a chunk, or a port
        return "a number that is out of range"
    return beginning(str(error)) or type(error).__name__


def _ask(url: str, start: int, seconds: float) -> http.client.HTTPResponse:
    """The answer, of whatever status, to a request for the bytes from `start` on.

    seconds: for each step: to connect, for the answer's head, for each `read1`. Raises DataError
    for redirects that are not followed, and what urllib raises where no answer comes.
    """
    headers = {"User-Agent": "cnncli"} | ({"Range": f"bytes={start}-"} if start else {})
    opener, target = (
        urllib.request.OpenerDirector(),
        url,
    )  # which opens no files and follows nothing by itself
    for handler in (
        urllib.request.ProxyHandler(),
        _TimedHandler(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    for _ in range(MAX_REDIRECTS + 1):
        response: http.client.HTTPResponse = opener.open(
            urllib.request.Request(target, headers=headers), timeout=seconds
        )
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or not location:
            return response
        response.close()
        target = redirect(target, location)
    raise problem(url, f"at most {MAX_REDIRECTS} redirects", "more", _ELSEWHERE)


def redirect(url: str, location: str) -> str:
    """The address that a server at `url` sends us to; Location headers may be relative.

    Raises DataError where that is less safe than https, or than http on this machine where we
    came from there.
    """
    # What is not ASCII, and spaces, as browsers send them; what is escaped already stays.
    quoted = quote(location, encoding="latin-1", safe=string.punctuation)
    target = urljoin(url, quoted) if split(quoted) else quoted
    came, goes = split(url), split(target)
    is_lowered = came and goes and came.scheme == "https" != goes.scheme
    if not (goes and is_safe(goes)) or is_lowered:
        expected = "a redirect to an https:// address"
        raise problem(url, expected, f"one to {target!r}", _ELSEWHERE)
    return target


def split(url: str) -> SplitResult | None:
    """The parts of an address; None for what cannot be one."""
    try:
        return urlsplit(url)
    except ValueError:
        return None


def is_safe(parts: SplitResult) -> bool:
    """Whether it is https, or http on this machine."""
    if parts.scheme != "http":
        return parts.scheme == "https" and bool(parts.hostname)
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def _by_way_of(url: str) -> str:
    """For a message: the proxy that the environment names for the address, without a password."""
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if not proxy or urllib.request.proxy_bypass(parts.netloc):
        return ""
    return f" through the proxy {printable(proxy.rpartition('@')[2])}"


def _in_time(seconds: float, call: Callable[[], T]) -> T:
    """What the call gives or raises; TimeoutError if that takes longer, as looking up a name may.

    It is made in a thread, which is left behind then.
    """
    future: Future[T] = Future()

    def work() -> None:
        try:
            future.set_result(call())
        except Exception as error:
            future.set_exception(error)

    Thread(target=work, daemon=True).start()
    return future.result(seconds)


class _TimedHandler(urllib.request.AbstractHTTPHandler):
    """Opens http and https addresses for urllib, and trusts whom the system trusts."""

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_SecureConnection, request)


class _Answer(http.client.HTTPResponse):
    def __init__(
        self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._timed = _Timed(self.fp.detach(), sock.gettimeout() or 0.0)
        self.fp = BufferedReader(self._timed)

    def read1(self, n: int = -1) -> bytes:
        self._timed.begin()
        return super().read1(n)


class _Connection(http.client.HTTPConnection):
    response_class = _Answer


class _SecureConnection(http.client.HTTPSConnection):
    response_class = _Answer


class _Timed(RawIOBase):
    """What comes from a socket within the seconds since `begin`. Raises TimeoutError."""

    def __init__(self, stream: RawIOBase, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        self._end = time.monotonic() + self._seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int | None:
        if time.monotonic() > self._end:
            raise TimeoutError
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()
