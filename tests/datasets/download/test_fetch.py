import errno
import os
import resource

import pytest

from cnncli.datasets.download.fetch import fetch
from cnncli.errors import UsageError, WriteError
from tests.datasets.servers import (
    CONTENT,
    HALF,
    QUICK,
    SHA256,
    SIZE,
    fetched,
    files,
    published,
    refused,
)

ROOM = "make room, or set data.root to a folder that can be written to"


def test_whole_file(server, remote, tmp_path, capsys):
    folder = tmp_path / "new" / "data"
    assert fetched(remote, folder, progress=True) == []
    assert server.asked == [("/sets/set.tar.gz", None)]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "set.tar.gz: 100%" in captured.err


def test_no_bar_unless_asked(remote, tmp_path, capsys):
    fetched(remote, tmp_path)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "content", "asked"),
    [
        ("set.tar.gz.part", CONTENT[:HALF], [f"bytes={HALF}-"]),
        ("set.tar.gz.part", CONTENT, []),
        ("set.tar.gz.part", CONTENT + b"x", [None]),
        ("set.tar.gz", CONTENT, []),
        ("set.tar.gz", b"short", [None]),
        ("set.tar.gz", CONTENT[:-1] + b"x", [None]),
    ],
    ids=["resumed", "complete", "too_long", "there", "there_short", "there_other"],
)
def test_what_is_there_is_used_as_far_as_it_fits(server, remote, tmp_path, name, content, asked):
    (tmp_path / name).write_bytes(content)
    assert fetched(remote, tmp_path) == []
    assert server.asked == [("/sets/set.tar.gz", begin) for begin in asked]


def test_mirrors(server, remote, tmp_path, monkeypatch):
    nowhere = published("https://nowhere.invalid/")
    fetched(nowhere, tmp_path / "option", mirror=remote.base)
    monkeypatch.setenv("CNN_DATA_MIRROR", remote.base.rstrip("/"))
    fetched(nowhere, tmp_path / "variable")
    assert server.asked == [("/sets/set.tar.gz", None)] * 2
    monkeypatch.setenv("CNN_DATA_MIRROR", "example.org")
    text, _ = refused(nowhere, tmp_path, kind=UsageError)
    assert text.endswith("found 'example.org'")


def test_a_mirror_is_laid_out_like_a_data_root(server, remote, tmp_path):
    mirror = remote.base.removesuffix("sets/")
    fetched(published("https://nowhere.invalid/", "sets"), tmp_path, mirror=mirror)
    assert server.asked == [("/sets/set.tar.gz", None)]
    fetched(published(remote.base, "elsewhere"), tmp_path)
    assert server.asked[1:] == [("/sets/set.tar.gz", None)]


@pytest.fixture
def there(tmp_path):
    """A mirror that is a folder: the path of its file, and its address."""
    path = tmp_path / "my mirror" / "sets" / "set.tar.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    return path, path.parents[1].as_uri()


FOLDER = published("https://nowhere.invalid/", "sets")


def test_a_folder_as_mirror(there, tmp_path, capsys):
    assert "my%20mirror" in there[1]
    assert fetched(FOLDER, tmp_path / "here", mirror=there[1], progress=True) == []
    assert there[0].read_bytes() == CONTENT
    assert "set.tar.gz: 100%" in capsys.readouterr().err


def test_a_folder_as_mirror_is_resumed(there, tmp_path):
    part = tmp_path / "here" / "sets" / "set.tar.gz.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"x" + CONTENT[1:HALF])
    text, _ = refused(FOLDER, tmp_path / "here", mirror=there[1])
    assert text.startswith(f"{there[0]}: expected {SIZE:,} bytes with SHA-256 {SHA256}, found ")
    part.write_bytes(CONTENT[:HALF])
    assert fetched(FOLDER, tmp_path / "here", mirror=there[1]) == []


def test_a_folder_without_the_file(there, tmp_path):
    there[0].unlink()
    text, told = refused(FOLDER, tmp_path / "here", mirror=there[1])
    assert text == (
        f"{there[0]}: expected a file, found none; "
        "check the mirror: it is laid out like a data root"
    )
    assert told == []
    assert not (tmp_path / "here").exists()
    os.mkfifo(there[0])
    assert refused(FOLDER, tmp_path / "here", mirror=there[1])[0] == text


@pytest.mark.parametrize("content", [CONTENT[:-1], CONTENT + b"x"])
def test_a_folder_with_another_file(there, tmp_path, content):
    there[0].write_bytes(content)
    text, told = refused(FOLDER, tmp_path / "here", mirror=there[1])
    assert text == (
        f"{there[0]}: expected {SIZE:,} bytes, found {len(content):,}; try another mirror"
    )
    assert told == []


def test_a_folder_with_other_bytes(there, tmp_path):
    there[0].write_bytes(CONTENT[:-1] + b"x")
    text, _ = refused(FOLDER, tmp_path / "here", mirror=there[1])
    assert text.startswith(f"{there[0]}: expected {SIZE:,} bytes with SHA-256 {SHA256}, found ")
    assert text.endswith("; try again, or another mirror")
    assert files(tmp_path / "here" / "sets") == []


def test_a_folder_that_can_not_be_read(there, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("cnncli.datasets.download.requests_http.Path.open", refuse)
    text, _ = refused(FOLDER, tmp_path / "here", mirror=there[1])
    assert text == (
        f"{there[0]}: cannot be read: Permission denied; check the path and its permissions"
    )


def test_a_mirror_that_is_the_root_itself(there, tmp_path):
    root = there[0].parents[1]
    assert fetched(FOLDER, root, mirror=there[1]) == []
    there[0].write_bytes(CONTENT[:-1] + b"x")
    text, _ = refused(FOLDER, root, mirror=there[1])
    assert "with SHA-256" in text
    assert files(there[0].parent) == ["set.tar.gz"]


def test_a_root_that_can_not_be_written_to(remote, tmp_path):
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    text, told = refused(remote, folder, kind=WriteError)
    assert text == f"{folder}: cannot be written: Not a directory; {ROOM}"
    assert told == []


def test_without_a_network_nothing_need_be_writable(tmp_path):
    """A declared stand-in can be used then, which a WriteError would prevent."""
    (tmp_path / "file").touch()
    text, _ = refused(published("http://127.0.0.1:1/"), tmp_path / "file" / "data")
    assert "Connection refused" in text


@pytest.fixture
def small_disk():
    """No file can grow beyond 400,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_that_becomes_too_large_for_the_disk(server, remote, tmp_path, small_disk):
    text, told = refused(remote, tmp_path, kind=WriteError)
    part = tmp_path / "set.tar.gz.part"
    assert text == f"{part}: cannot be written: File too large; {ROOM}"
    assert (told, files(tmp_path), server.injected) == ([], ["set.tar.gz.part"], {"well": 1})
    assert part.read_bytes() == CONTENT[:400_000]
    with pytest.raises(WriteError):
        fetch(remote, tmp_path, notify=pytest.fail, patience=QUICK)
    assert [asked for _, asked in server.asked] == [None, "bytes=400000-"]


def full_disk(_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_full_disk(server, remote, tmp_path, monkeypatch):
    part = tmp_path / "set.tar.gz.part"
    monkeypatch.setattr(os, "fsync", full_disk)
    text, told = refused(remote, tmp_path, kind=WriteError)
    assert text == f"{part}: cannot be written: No space left on device; {ROOM}"
    assert (told, server.injected) == ([], {"well": 1})


def test_what_gets_the_name_is_on_the_disk(remote, tmp_path, monkeypatch):
    """Else a machine that fails could leave a file of the right name without its bytes."""
    done = []

    def noted(real):
        def call(file, *arguments):
            status = os.stat(file)
            done.append((real.__name__, status.st_ino, status.st_size))
            return real(file, *arguments)

        return call

    for name in ("fsync", "replace"):
        monkeypatch.setattr(os, name, noted(getattr(os, name)))
    fetched(remote, tmp_path)
    node = (tmp_path / "set.tar.gz").stat().st_ino
    assert done == [("fsync", node, SIZE), ("replace", node, SIZE)]


def test_a_link_beside_the_file_is_not_followed(remote, tmp_path):
    theirs, missing = tmp_path / "theirs", tmp_path / "missing"
    theirs.write_bytes(b"precious")
    link = tmp_path / "data" / "set.tar.gz.part"
    link.parent.mkdir()
    for target in (theirs, missing):
        link.symlink_to(target)
        text, told = refused(remote, link.parent, kind=WriteError)
        assert text == (
            f"{link}: is a link to {target}; name the file itself, or move the link away"
        )
        assert told == []
        link.unlink(missing_ok=True)
    assert (theirs.read_bytes(), missing.exists()) == (b"precious", False)


def test_a_pipe_beside_the_file_is_not_waited_for(remote, tmp_path):
    pipe = tmp_path / "set.tar.gz.part"
    os.mkfifo(pipe)
    text, told = refused(remote, tmp_path, kind=WriteError)
    assert text == f"{pipe}: is a pipe, not a file; name another, or move it away"
    assert told == []
