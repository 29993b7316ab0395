"""Servers that lie about lengths and ranges, send other bytes, or are slow."""

import hashlib
import time
from dataclasses import replace

import pytest

from tests.datasets.servers import (
    CONTENT,
    HALF,
    QUICK,
    SHA256,
    SHORT,
    SIZE,
    chunked,
    chunked_cut,
    elsewhere,
    endless,
    fetched,
    files,
    longer,
    no_length,
    no_ranges,
    nothing,
    of_another_file,
    refused,
    shorter,
    stall,
    status,
    trickle,
    unsaid,
)

AGAIN = "try again, or another mirror"
REST = "run again to fetch the remainder"


def have(folder, count):
    (folder / "set.tar.gz.part").write_bytes(CONTENT[:count])


@pytest.mark.parametrize(("lie", "found"), [(shorter, SIZE - 1), (longer, SIZE + 1)])
def test_another_length_is_refused_before_it_is_fetched(server, remote, tmp_path, lie, found):
    server.otherwise = lie
    text, told = refused(remote, tmp_path / "new")
    assert text == (
        f"{server.url}: expected {SIZE:,} bytes to come, found {found:,}; try another mirror"
    )
    assert (told, server.injected) == ([], {lie.__name__: 1})
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("behaviour", [no_length, chunked])
def test_no_length_is_announced(server, remote, tmp_path, behaviour):
    server.otherwise = behaviour
    assert fetched(remote, tmp_path) == []
    assert server.injected == {behaviour.__name__: 1}


@pytest.mark.parametrize("behaviour", [no_length, chunked])
def test_what_comes_behind_the_end_is_not_read(server, remote, tmp_path, behaviour):
    server.content, server.otherwise = CONTENT + b"x" * 1000, behaviour
    assert fetched(remote, tmp_path) == []
    server.content = b"y" + CONTENT
    found = hashlib.sha256(server.content[:SIZE]).hexdigest()
    text, told = refused(remote, tmp_path / "other")
    assert text == (
        f"{server.url}: expected {SIZE:,} bytes with SHA-256 {SHA256}, "
        f"found {SIZE:,} with {found}; {AGAIN}"
    )
    assert (told, files(tmp_path / "other")) == ([], [])
    assert server.injected == {behaviour.__name__: 2}


@pytest.mark.parametrize("behaviour", [no_length, chunked])
def test_fewer_bytes_than_published(server, remote, tmp_path, behaviour):
    server.content, server.otherwise = CONTENT[:HALF], behaviour
    text, told = refused(remote, tmp_path)
    if behaviour is no_length:  # an empty rest, from the second try on
        assert (
            text == f"{server.url}: expected {HALF:,} bytes to come, found none (4 tries); {REST}"
        )
    else:
        assert text == f"{server.url}: expected {SIZE:,} bytes, found {HALF:,} (4 tries); {REST}"
    assert len(told) == 3
    assert server.injected == {behaviour.__name__: 4}


def test_a_chunk_that_breaks_off(server, remote, tmp_path):
    server.script = [chunked_cut]
    assert fetched(remote, tmp_path) == [
        f"{server.url}: broke off: IncompleteRead(0 bytes read); trying again in 0.01 s"
    ]
    assert server.asked[1] == ("/sets/set.tar.gz", f"bytes={HALF}-")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b"\x1b]0;owned\x07\x1b[2J\r\n\r\n", "?]0;owned??[2J"),
        (b"HTTP/1.1 2000 \x9b2J\r\n\r\n", "HTTP/1.1 2000 ?2J"),
        (b"x" * 60_000 + b"\r\n", f"{'x' * 200} ..."),
    ],
    ids=["escapes", "one byte", "long"],
)
def test_a_status_that_is_none(server, remote, tmp_path, line, shown):
    server.otherwise = endless(line, b"")
    text, told = refused(remote, tmp_path)
    assert text == f"{server.url}: cannot be fetched: {shown} (4 tries); {AGAIN}"
    assert len(told) == 3


def test_no_byte_comes(server, remote, tmp_path):
    server.otherwise = nothing
    text, told = refused(remote, tmp_path)
    message = f"{server.url}: expected {SIZE:,} bytes to come, found none"
    assert text == f"{message} (4 tries); {AGAIN}"
    assert told == [f"{message}; trying again in {wait} s" for wait in (0.01, 0.02, 0.04)]
    assert (server.injected, files(tmp_path)) == ({"nothing": 4}, [])


@pytest.mark.parametrize("whole", [b"", b"not the beginning"])
def test_other_bytes(server, remote, tmp_path, whole):
    (tmp_path / "set.tar.gz").write_bytes(b"mine")
    if whole:
        (tmp_path / "set.tar.gz.part").write_bytes(whole)
    else:
        server.content = CONTENT[:-1] + b"x"
    found = hashlib.sha256(whole + server.content[len(whole) :]).hexdigest()
    text, told = refused(remote, tmp_path)
    assert text == (
        f"{server.url}: expected {SIZE:,} bytes with SHA-256 {SHA256}, "
        f"found {SIZE:,} with {found}; {AGAIN}"
    )
    assert (told, server.injected) == ([], {"well": 1})
    assert files(tmp_path) == ["set.tar.gz"]
    assert (tmp_path / "set.tar.gz").read_bytes() == b"mine"


def test_a_server_that_knows_no_ranges(server, remote, tmp_path):
    have(tmp_path, 1000)
    server.script = [no_ranges]
    assert fetched(remote, tmp_path) == []
    assert server.asked == [("/sets/set.tar.gz", "bytes=1000-")]


@pytest.mark.parametrize("lie", [elsewhere, of_another_file, unsaid, status(416)])
def test_what_does_not_fit_the_range_is_not_used(server, remote, tmp_path, lie):
    have(tmp_path, 1000)
    server.script = [lie]
    assert fetched(remote, tmp_path) == []
    assert [asked for _, asked in server.asked] == ["bytes=1000-", None]
    assert server.injected == {lie.__name__: 1, "well": 1}


@pytest.mark.parametrize(
    ("lie", "answer"),
    [(elsewhere, "206 Partial Content"), (unsaid, "206 Partial Content"), (status(416), "416 ")],
)
def test_a_range_that_was_not_asked_for(server, remote, tmp_path, lie, answer):
    have(tmp_path, 1000)
    server.otherwise = lie
    text, told = refused(remote, tmp_path)
    assert text.startswith(f"{server.url}: the server answers {answer}")
    assert text.endswith("; try another mirror")
    assert (told, server.injected) == ([], {lie.__name__: 2})
    assert (tmp_path / "set.tar.gz.part").read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("behaviour", [stall, trickle])
def test_slow_bytes_are_asked_for_again(server, remote, tmp_path, behaviour):
    server.script = [behaviour]
    assert fetched(remote, tmp_path, patience=replace(SHORT, least=SIZE)) == [
        f"{server.url}: fewer than {SIZE:,} bytes in 0.4 s; trying again in 0.01 s"
    ]
    assert server.injected == {behaviour.__name__: 1, "well": 1}
    _, resumed = server.asked
    assert 1 <= int(resumed[1].removeprefix("bytes=").removesuffix("-")) <= HALF


def test_a_trickle_has_an_end(server, remote, tmp_path):
    server.otherwise = trickle
    patience = replace(SHORT, seconds=0.2, tries=2)
    text, told = refused(remote, tmp_path, patience=patience)
    message = f"{server.url}: fewer than 2,000 bytes in 0.2 s"
    assert (text, told) == (
        f"{message} (2 tries); {REST}",
        [f"{message}; trying again in 0.01 s"],
    )
    assert server.injected == {"trickle": 2}
    assert files(tmp_path) == ["set.tar.gz.part"]
    assert 2 <= (tmp_path / "set.tar.gz.part").stat().st_size < 100


def test_a_slow_but_steady_server_is_no_fault(server, remote, tmp_path):
    def steady(handler):
        handler.due(SIZE)
        for at in range(0, SIZE, SIZE // 8):
            handler.wfile.write(CONTENT[at : at + SIZE // 8])
            handler.wfile.flush()
            time.sleep(0.05)

    server.otherwise = steady
    assert fetched(remote, tmp_path, patience=replace(QUICK, seconds=0.15, least=20_000)) == []
