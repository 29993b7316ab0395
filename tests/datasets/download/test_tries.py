"""What is tried again, after which waits, and when it ends."""

import errno
import os
import socket

import pytest

from cnncli.datasets.download import fetch as module
from cnncli.datasets.download.fetch import PATIENCE, fetch
from cnncli.datasets.download.requests_http import TransientError
from cnncli.errors import DataError
from tests.datasets.servers import (
    CONTENT,
    HALF,
    SIZE,
    cut,
    fetched,
    files,
    hang_up,
    published,
    refused,
    reset,
    status,
)

AGAIN = "try again, or another mirror"


def test_dropped_connections_are_resumed(server, remote, tmp_path):
    server.script = [cut, cut, cut]
    told = fetched(remote, tmp_path)
    begins = [HALF, HALF + SIZE // 4, HALF + SIZE // 4 + SIZE // 8]
    assert told == [
        f"{server.url}: expected {SIZE:,} bytes, found {begin:,}; trying again in {wait} s"
        for begin, wait in zip(begins, (0.01, 0.02, 0.04), strict=True)
    ]
    assert [asked for _, asked in server.asked] == [None, *(f"bytes={b}-" for b in begins)]


def test_dropped_connections_have_an_end(server, remote, tmp_path):
    server.otherwise = cut
    text, told = refused(remote, tmp_path)
    found = SIZE - SIZE // 16
    assert text == (
        f"{server.url}: expected {SIZE:,} bytes, found {found:,} (4 tries); "
        "run again to fetch the remainder"
    )
    assert (len(told), server.injected) == (3, {"cut": 4})
    assert files(tmp_path) == ["set.tar.gz.part"]
    assert (tmp_path / "set.tar.gz.part").read_bytes() == CONTENT[:found]
    server.otherwise, server.asked = status(404), []
    refused(remote, tmp_path)
    assert server.asked == [("/sets/set.tar.gz", f"bytes={found}-")]


NO_ANSWER, ANSWER = "cannot be fetched: ", "the server answers "


@pytest.mark.parametrize(
    ("behaviour", "name", "says"),
    [
        (reset, "reset", f"{NO_ANSWER}[Errno {errno.ECONNRESET}] {os.strerror(errno.ECONNRESET)}"),
        (hang_up, "hang_up", f"{NO_ANSWER}Remote end closed connection without response"),
        (status(408), "408", f"{ANSWER}408 Request Timeout"),
        (status(429), "429", f"{ANSWER}429 Too Many Requests"),
        (status(500), "500", f"{ANSWER}500 Internal Server Error"),
        (status(503), "503", f"{ANSWER}503 Service Unavailable"),
        (status(599), "599", f"{ANSWER}599"),
    ],
)
def test_what_passes_is_tried_again(server, remote, tmp_path, behaviour, name, says):
    server.script = [behaviour] * 3
    message = f"{server.url}: {says}"
    assert fetched(remote, tmp_path / "first") == [
        f"{message}; trying again in {wait} s" for wait in (0.01, 0.02, 0.04)
    ]
    server.otherwise = behaviour
    text, told = refused(remote, tmp_path / "second")
    assert (text, len(told)) == (f"{message} (4 tries); {AGAIN}", 3)
    assert server.injected == {name: 3 + 4, "well": 1}
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (204, "204 No Content"),
        (304, "304 Not Modified"),
        (400, "400 Bad Request"),
        (401, "401 Unauthorized"),
        (403, "403 Forbidden"),
        (404, "404 Not Found"),
        (410, "410 Gone"),
    ],
)
def test_answers_that_are_final(server, remote, tmp_path, code, answer):
    server.otherwise = status(code)
    text, told = refused(remote, tmp_path)
    assert text == f"{server.url}: the server answers {answer}; try another mirror"
    assert (told, server.injected) == ([], {str(code): 1})


def test_a_network_that_goes_away_on_the_way(server, remote, tmp_path, monkeypatch):
    """What is final at first is tried again once bytes have come."""
    real, lost = socket.getaddrinfo, []

    def sometimes(*arguments, **options):
        if server.asked and len(lost) < 2:
            lost.append(arguments[0])
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return real(*arguments, **options)

    server.script = [cut]
    monkeypatch.setattr(socket, "getaddrinfo", sometimes)
    told = fetched(remote, tmp_path)
    assert [line.rpartition(": ")[2] for line in told[1:]] == [
        f"[Errno {socket.EAI_AGAIN}] Temporary failure in name resolution; trying again in {wait} s"
        for wait in (0.02, 0.04)
    ]
    assert lost == ["127.0.0.1"] * 2
    assert [asked for _, asked in server.asked] == [None, f"bytes={HALF}-"]


class Clock:
    """A clock that sleeping advances, and nothing else."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize("is_unreached", [False, True])
@pytest.mark.parametrize("taken", [0, 0.2, 2, 5, 60])
def test_without_a_byte_it_ends_within_ten_seconds(tmp_path, monkeypatch, taken, is_unreached):
    clock, tries = Clock(), []

    def fail(place, start, size, seconds, seconds_each):
        assert seconds > 0
        tries.append(min(taken, seconds))
        clock.sleep(tries[-1])
        raise TransientError("fails", is_unreached=is_unreached)

    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "open_body", fail)
    with pytest.raises(DataError):
        fetch(published("https://nowhere.invalid/"), tmp_path, notify=lambda _: None)
    assert clock.now - 1000 <= PATIENCE.seconds < 10
    assert len(tries) == (1 if is_unreached else {0: 4, 0.2: 4, 2: 3, 5: 2, 60: 1}[taken])
