"""The bytes of a file to come: a server's checked answer, or a mirror's file."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse, InvalidURL, responses
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

from cnncli.datasets.problems import fault, shown, unreadable
from cnncli.errors import DataError

from .patience import PassingError, Patience
from .published_file import Remote
from .requests_http import ask, by_way_of, in_time

_ELSEWHERE = "try another mirror"


class Body(NamedTuple):
    """Bytes to come, the first of which is the file's byte `start`; to be closed."""

    place: str | Path
    stream: BufferedIOBase
    start: int


def opened(
    place: str | Path, start: int, remote: Remote, patience: Patience, seconds: float
) -> Body:
    """The file from byte `start` on, or all of it where the server will not give a part.

    seconds: until the first bytes are there. Raises DataError, as PassingError where it is worth
    another try.
    """
    if isinstance(place, Path):
        return _local(place, start, remote)
    try:
        return in_time(seconds, lambda: _answered(place, start, remote, patience.seconds))
    except (OSError, HTTPException, ValueError, OverflowError) as error:
        raise _failed(place, error, patience) from None


def _local(path: Path, start: int, remote: Remote) -> Body:
    try:
        if not path.is_file():
            raise fault(path, "a file", "none", "check the mirror: it is laid out like a data root")
        size = path.stat().st_size
        if size != remote.size:
            raise fault(path, f"{remote.size:,} bytes", f"{size:,}", _ELSEWHERE)
        stream = path.open("rb")
        stream.seek(start)
    except OSError as error:
        raise unreadable(path, error) from None
    return Body(path, stream, start)


def _answered(url: str, start: int, remote: Remote, timeout: float) -> Body:
    """A checked answer, whose first bytes are there; what does not fit the range is not used."""
    response = ask(url, start, timeout)
    if start and not _fits(response, start, remote):
        response.close()
        start, response = 0, ask(url, 0, timeout)
    elif response.status == 200:
        start = 0
    try:
        _check(response, url, start, remote)
        if not response.peek(1):
            raise PassingError(f"{url}: expected {remote.size - start:,} bytes to come, found none")
    except BaseException:
        response.close()
        raise
    return Body(url, response, start)


def _fits(response: HTTPResponse, start: int, remote: Remote) -> bool:
    """Not so: a refused range, or a part of the file that is not the one asked for."""
    if response.status != 206:
        return response.status != 416
    given = response.headers.get("Content-Range", "")
    return bool(re.fullmatch(rf"bytes {start}-{remote.size - 1}/({remote.size}|\*)", given.strip()))


def _check(response: HTTPResponse, url: str, start: int, remote: Remote) -> None:
    """Raises DataError unless the answer is the file from `start` on."""
    status = response.status
    if status != (206 if start else 200):
        message = f"{url}: the server answers {status} {responses.get(status, '')}".rstrip()
        if status in (408, 429) or status >= 500:
            wait = _wait_asked_for(response)
            asks = "" if wait is None else f" and asks to wait {wait:,.0f} s"
            raise PassingError(message + asks, wait=wait)
        raise DataError(f"{message}; {_ELSEWHERE}")
    expected = remote.size - start
    if response.length not in (None, expected):
        raise fault(url, f"{expected:,} bytes to come", f"{response.length:,}", _ELSEWHERE)


def _wait_asked_for(response: HTTPResponse) -> float | None:
    """The seconds of a Retry-After header, which gives them or a date."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        if value.isdecimal():
            return float(value)
        date = parsedate_to_datetime(value).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return max(0.0, (date - datetime.now(UTC)).total_seconds())


def _failed(url: str, error: Exception, patience: Patience) -> DataError:
    """Why no answer came; a passing fault, unless the address itself is the reason."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return PassingError(f"{url}: no answer within {patience.seconds:g} s")
    message = f"{url}: can not be fetched{by_way_of(url)}: {reason_of(reason)}"
    is_dropped = isinstance(reason, ConnectionError | HTTPException)
    if is_dropped and not isinstance(reason, ConnectionRefusedError | InvalidURL):
        return PassingError(message)
    if isinstance(reason, OSError):
        return PassingError(message, is_unreached=True)
    return DataError(f"{message}; {_ELSEWHERE}")


def reason_of(error: BaseException | str) -> str:
    """For a message: servers and proxies word it too."""
    if isinstance(error, OverflowError):  # the size of a chunk, or a port
        return "a number that is out of range"
    return shown(str(error)) or type(error).__name__
