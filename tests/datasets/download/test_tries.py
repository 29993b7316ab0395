"""What is tried again, after which waits, and when it ends."""

import errno
import os
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from cnncli.datasets.download import fetch as module
from cnncli.datasets.download import patience
from cnncli.datasets.download.fetch import fetch
from cnncli.datasets.download.patience import PATIENCE, PassingError
from cnncli.errors import DataError
from tests.datasets.servers import (
    CONTENT,
    HALF,
    QUICK,
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
        "run again to fetch the rest"
    )
    assert (len(told), server.injected) == (3, {"cut": 4})
    assert files(tmp_path) == ["set.tar.gz.part"]
    assert (tmp_path / "set.tar.gz.part").read_bytes() == CONTENT[:found]
    server.otherwise, server.asked = status(404), []
    refused(remote, tmp_path)
    assert server.asked == [("/sets/set.tar.gz", f"bytes={found}-")]


def test_tries_that_bring_enough_are_not_counted(server, remote, tmp_path):
    server.script = [cut] * 8
    told = fetched(remote, tmp_path, patience=replace(QUICK, gain=5000))
    assert server.injected == {"cut": 8, "well": 1}
    assert [line.rpartition("in ")[2] for line in told] == ["0.01 s"] * 7 + ["0.02 s"]


def test_a_server_without_ranges_that_drops_gains_once(server, remote, tmp_path):
    def short(handler):
        handler.head(200, SIZE)
        handler.wfile.write(CONTENT[: 1000 if len(server.asked) % 2 else HALF])

    server.otherwise = short
    text, _ = refused(remote, tmp_path, patience=replace(QUICK, gain=5000))
    assert text.endswith("found 1,000 (4 tries); run again to fetch the rest")
    assert server.injected == {"short": 5}


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (reset, f"[Errno {errno.ECONNRESET}] {os.strerror(errno.ECONNRESET)}"),
        (hang_up, "Remote end closed connection without response"),
    ],
)
def test_no_answer_is_asked_for_again(server, remote, tmp_path, behaviour, reason):
    server.script = [behaviour] * 3
    message = f"{server.url}: can not be fetched: {reason}"
    assert fetched(remote, tmp_path / "first") == [
        f"{message}; trying again in {wait} s" for wait in (0.01, 0.02, 0.04)
    ]
    server.otherwise = behaviour
    text, told = refused(remote, tmp_path / "second")
    assert (text, len(told)) == (f"{message} (4 tries); {AGAIN}", 3)
    assert server.injected == {behaviour.__name__: 3 + 4, "well": 1}
    assert not (tmp_path / "second").exists()


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (408, "408 Request Timeout"),
        (429, "429 Too Many Requests"),
        (500, "500 Internal Server Error"),
        (503, "503 Service Unavailable"),
        (599, "599"),
    ],
)
def test_answers_that_pass(server, remote, tmp_path, code, answer):
    server.script = [status(code)] * 3
    message = f"{server.url}: the server answers {answer}"
    assert fetched(remote, tmp_path / "first") == [
        f"{message}; trying again in {wait} s" for wait in (0.01, 0.02, 0.04)
    ]
    server.otherwise = status(code)
    text, told = refused(remote, tmp_path / "second")
    assert (text, len(told)) == (f"{message} (4 tries); {AGAIN}", 3)
    assert server.injected == {str(code): 3 + 4, "well": 1}


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


def in_seconds(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("value", "asked", "wait"),
    [
        ("0", " and asks to wait 0 s", "0"),
        (in_seconds(-60), " and asks to wait 0 s", "0"),
        ("soon", "", "0.01"),
        ("Mon, 01 Jan 2024 00:00:00 +99999999999999999", "", "0.01"),
        ("-5", "", "0.01"),
        ("", "", "0.01"),
    ],
    ids=["now", "past", "word", "no_date", "negative", "empty"],
)
def test_the_wait_that_a_server_asks_for(server, remote, tmp_path, value, asked, wait):
    server.script = [status(429, Retry_After=value)]
    assert fetched(remote, tmp_path) == [
        f"{server.url}: the server answers 429 Too Many Requests{asked}; trying again in {wait} s"
    ]
    assert server.injected == {"429": 1, "well": 1}


@pytest.mark.parametrize(
    ("value", "asked"),
    [("3600", "3,600 s"), ("9" * 400, "inf s"), (in_seconds(10**9 - 1000), "999,99"), ("1", "1 s")],
    ids=["hour", "endless", "date", "second"],
)
def test_a_wait_that_is_too_long(server, remote, tmp_path, value, asked):
    server.otherwise = status(503, Retry_After=value)
    text, told = refused(remote, tmp_path)
    assert text.startswith(
        f"{server.url}: the server answers 503 Service Unavailable and asks to wait {asked}"
    )
    assert text.endswith(f"; {AGAIN}")
    assert (told, server.injected) == ([], {"503": 1})


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

    def fail(place, start, remote, patience, seconds):
        assert seconds > 0
        tries.append(min(taken, seconds))
        clock.sleep(tries[-1])
        raise PassingError("fails", is_unreached=is_unreached)

    monkeypatch.setattr(patience, "time", clock)
    monkeypatch.setattr(module, "opened", fail)
    with pytest.raises(DataError):
        fetch(published("https://nowhere.invalid/"), tmp_path, notify=lambda _: None)
    assert clock.now - 1000 <= PATIENCE.seconds < 10
    assert len(tries) == (1 if is_unreached else {0: 4, 0.2: 4, 2: 3, 5: 2, 60: 1}[taken])


def test_a_wait_that_was_asked_for_does_not_count(tmp_path, monkeypatch):
    clock, tries = Clock(), []

    def fail(place, start, remote, patience, seconds):
        tries.append(seconds)
        raise PassingError("fails", wait=30)

    monkeypatch.setattr(patience, "time", clock)
    monkeypatch.setattr(module, "opened", fail)
    with pytest.raises(DataError, match=r"fails \(4 tries\)"):
        fetch(published("https://nowhere.invalid/"), tmp_path, notify=lambda _: None)
    assert tries == [8.0] * 4
    assert clock.now == 1090
