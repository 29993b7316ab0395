"""One question over HTTP: through the proxies of the environment, and along safe redirects."""

from collections.abc import Callable
from concurrent.futures import Future
from http.client import HTTPResponse
from threading import Thread
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import (
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
    getproxies,
    proxy_bypass,
)

from cnncli.datasets.problems import fault

from .addresses import redirected
from .timed import TimedHandler

T = TypeVar("T")

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5


def ask(url: str, start: int, timeout: float) -> HTTPResponse:
    """The answer, of whatever status, to a request for the bytes from `start` on.

    timeout: seconds for each step: to connect, for the answer's head, for each `read1`; looking up
    a name knows none. Raises DataError for redirects that are not followed, and what urllib raises
    where no answer comes.
    """
    headers = {"User-Agent": "cnncli"} | ({"Range": f"bytes={start}-"} if start else {})
    opener, target = _opener(), url
    for _ in range(_MOST_REDIRECTS + 1):
        response: HTTPResponse = opener.open(Request(target, headers=headers), timeout=timeout)
        location = response.headers.get("Location")
        if response.status not in _REDIRECTS or not location:
            return response
        response.close()
        target = redirected(target, location)
    raise fault(url, f"at most {_MOST_REDIRECTS} redirects", "more", "try another mirror")


def _opener() -> OpenerDirector:
    """Unlike urllib's usual one, it opens no files and no FTP, and follows no redirects."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), TimedHandler(), UnknownHandler()):
        opener.add_handler(handler)
    return opener


def by_way_of(url: str) -> str:
    """For a message: the proxy that the environment names for the address, without a password."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if not proxy or proxy_bypass(parts.netloc):
        return ""
    return f" through the proxy {proxy.rpartition('@')[2]}"


def in_time(seconds: float, call: Callable[[], T]) -> T:
    """What the call gives or raises; TimeoutError if that takes longer.

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
