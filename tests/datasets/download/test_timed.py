"""Servers and proxies that are slow, or do not end, within the lines of the protocol."""

import time
from dataclasses import replace

import pytest

from tests.datasets.servers import (
    CONTENT,
    SHORT,
    SIZE,
    Handler,
    endless,
    fetched,
    published,
    refused,
    serving,
    silent,
)

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
CHUNK = b"5\r\n%s\r\n" % CONTENT[:5]
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TRAILER = b"X: y\r\n"
AGAIN = "try again, or another mirror"


@pytest.mark.parametrize(
    "behaviour",
    [
        silent,
        endless(b"HTTP/1.1 200 ", b"x"),
        endless(OK + b"X: ", b"x"),
        endless(OK, b"X: y\r\n"),
        endless(CONTINUE, CONTINUE),
        endless(CHUNKED, b"0"),
        endless(CHUNKED + b"1;", b"x"),
        endless(CHUNKED + b"0\r\n", TRAILER),
    ],
    ids=["silent", "status", "header", "headers", "continue", "size", "extension", "trailers"],
)
def test_a_head_has_an_end(server, remote, tmp_path, behaviour):
    server.otherwise = behaviour
    begin = time.monotonic()
    text, told = refused(remote, tmp_path, patience=SHORT)
    assert time.monotonic() - begin < 2
    assert text == f"{server.url}: no answer within 0.4 s; {AGAIN}"
    assert (told, server.injected) == ([], {behaviour.__name__: 1})
    assert behaviour is silent or server.left.wait(2)


@pytest.mark.parametrize(
    "behaviour",
    [
        endless(CHUNKED + CHUNK, b"0"),
        endless(CHUNKED + CHUNK + b"1;", b"x"),
        endless(CHUNKED + CHUNK, b"1;%s\r\nx\r\n" % (b"x" * 100)),
        endless(CHUNKED + CHUNK + b"0\r\n", TRAILER),
    ],
    ids=["size", "extension", "bytes", "trailers"],
)
def test_the_framing_of_a_body_has_an_end(server, remote, tmp_path, behaviour):
    server.otherwise = behaviour
    begin = time.monotonic()
    text, told = refused(remote, tmp_path, patience=replace(SHORT, tries=2))
    assert time.monotonic() - begin < 3
    message = f"{server.url}: fewer than 2,000 bytes in 0.4 s"
    assert text == f"{message} (2 tries); run again to fetch the remainder"
    assert told == [f"{message}; trying again in 0.01 s"]
    assert server.left.wait(2)


@pytest.mark.parametrize(
    ("begin", "more"),
    [(CONTINUE, CONTINUE), (CHUNKED + b"0\r\n", TRAILER), (CHUNKED + CHUNK + b"0\r\n", TRAILER)],
    ids=["continue", "trailers", "trailers of a body"],
)
def test_a_flood_of_lines_has_an_end(server, remote, tmp_path, begin, more):
    server.otherwise = endless(begin, more * 1000, pause=0)
    text, _ = refused(remote, tmp_path, patience=replace(SHORT, tries=2))
    assert "0.4 s" in text
    assert server.left.wait(2)


@pytest.mark.parametrize(("more", "pause"), [(TRAILER, 0.05), (TRAILER * 1000, 0)])
def test_trailers_behind_the_whole_are_not_read(server, remote, tmp_path, more, pause):
    whole = CHUNKED + b"%x\r\n%s\r\n0\r\n" % (SIZE, CONTENT)
    server.otherwise = endless(whole, more, pause)
    assert fetched(remote, tmp_path, patience=SHORT) == []
    assert server.left.wait(2)


def test_a_tunnel_that_never_opens(tmp_path, monkeypatch):
    class Opening(Handler):
        def do_CONNECT(self):
            endless(OK, TRAILER)(self)

    with serving(Opening) as way:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{way.port}")
        text, told = refused(published("https://nowhere.invalid/"), tmp_path, patience=SHORT)
        assert text.startswith("https://nowhere.invalid/set.tar.gz: no answer within 0.4 s")
        assert told == []
        assert way.left.wait(2)


@pytest.mark.parametrize(
    ("begin", "size"), [(b"", b"f" * 60), (CHUNK, b"-7fffffffffffffff\r\nabc")]
)
def test_chunks_of_no_possible_size(server, remote, tmp_path, begin, size):
    server.otherwise = endless(CHUNKED + begin + size + b"\r\n", b"x", pause=0)
    text, _ = refused(remote, tmp_path, patience=SHORT)
    assert text.startswith(f"{server.url}: ")
    assert "a number that is out of range" in text
