"""The file before the newest keeps a name of its own."""

import errno
import itertools
import os
import signal

import pytest

from cnncli import files
from cnncli.errors import WriteError
from cnncli.files import write_whole
from tests.messages import error_text


def test_the_two_newest_are_kept(tmp_path):
    path, former = tmp_path / "last", tmp_path / "previous"
    write_whole(path, b"1", former=former)
    assert not former.exists()
    for number in (2, 3, 4):
        write_whole(path, str(number).encode(), former=former)
        assert (path.read_text(), former.read_text()) == (str(number), str(number - 1))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["last", "previous"]
    assert path.stat().st_nlink == former.stat().st_nlink == 1


CALLS = ("open", "fchmod", "fsync", "link", "replace", "unlink")


@pytest.mark.parametrize("step", range(13))
def test_killed_at_any_call(tmp_path, step):
    """Whatever call is the last, `last` is whole, and what is left over does no harm."""
    path, former = tmp_path / "last", tmp_path / "previous"
    write_whole(path, b"1", former=former)
    write_whole(path, b"2", former=former)
    calls = 0

    def counted(function):
        def call(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls > step:
                os._exit(9)
            return function(*arguments, **options)

        return call

    child = os.fork()
    if not child:
        for name in CALLS:
            setattr(os, name, counted(getattr(os, name)))
        write_whole(path, b"3", former=former)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == (9 if step < 10 else 0)
    assert path.read_text() in ("2", "3")
    assert former.read_text() in ("1", "2")
    files.remove_parts(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["last", "previous"]
    write_whole(path, b"4", former=former)
    assert (path.read_text(), former.read_text()[:1] in "23") == ("4", True)


def test_after_an_end_between_the_two_names(tmp_path):
    """Both names are then those of one file, which a renaming would leave alone."""
    path, former = tmp_path / "last", tmp_path / "previous"
    write_whole(path, b"1", former=former)
    os.link(path, former)
    write_whole(path, b"2", former=former)
    assert (path.read_text(), former.read_text()) == ("2", "1")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["last", "previous"]


def test_a_file_system_without_second_names(tmp_path, monkeypatch):
    path, former = tmp_path / "last", tmp_path / "previous"
    monkeypatch.setattr(files.os, "link", lambda *_: (_ for _ in ()).throw(PermissionError(1, "")))
    for number in (1, 2, 3):
        write_whole(path, str(number).encode(), former=former)
    assert (path.read_text(), former.read_text()) == ("3", "2")


def test_a_failure_leaves_both(tmp_path, monkeypatch):
    path, former = tmp_path / "last", tmp_path / "previous"
    write_whole(path, b"1", former=former)
    write_whole(path, b"2", former=former)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    caught = error_text(WriteError, write_whole, path, b"3", former=former)
    assert caught == f"{path}: could not be written: No space left on device"
    assert (path.read_text(), former.read_text()) == ("2", "1")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["last", "previous"]


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe"])
@pytest.mark.parametrize("write", [files.append, lambda path, _: files.sync(path)])
def test_what_comes_after_the_look(tmp_path, monkeypatch, kind, write):
    """It is not followed, nor waited for, either."""
    path, victim = tmp_path / "metrics", tmp_path / "victim"
    victim.write_text("mine")
    if kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(victim if kind == "link" else "none")
    monkeypatch.setattr(files, "plain_file", lambda _: None)
    with pytest.raises(WriteError):
        write(path, b"x")
    assert victim.read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["metrics", "victim"]


@pytest.mark.parametrize("fault", [errno.EXDEV, errno.EBUSY, errno.EPERM, errno.EINTR])
def test_a_renaming_that_fails(tmp_path, monkeypatch, fault):
    """Also the second, when the old file has its other name already."""
    path, former = tmp_path / "last", tmp_path / "previous"
    for number in (b"1", b"2"):
        write_whole(path, number, former=former)
    rename = os.replace

    def failing(number):
        calls = itertools.count(1)

        def call(old, new):
            if next(calls) == number:
                raise OSError(fault, os.strerror(fault))
            rename(old, new)

        return call

    for number in (1, 2):
        monkeypatch.setattr(os, "replace", failing(number))
        caught = error_text(WriteError, write_whole, path, b"3", former=former)
        assert caught == f"{path}: could not be written: {os.strerror(fault)}"
        assert (path.read_text(), former.read_text() in "12") == ("2", True)
        assert sorted(p.name for p in tmp_path.iterdir()) == ["last", "previous"]
    monkeypatch.setattr(os, "replace", rename)
    write_whole(path, b"3", former=former)
    assert (path.read_text(), former.read_text()) == ("3", "2")


@pytest.mark.parametrize("size", [1, 200, 255])
def test_names_of_every_length(tmp_path, size):
    path = tmp_path / ("n" * size)
    for content in (b"1", b"2"):
        write_whole(path, content, former=tmp_path / ("p" * size))
    assert path.read_bytes() == b"2"
    assert len(os.listdir(tmp_path)) == 2


def test_an_interruption_leaves_nothing_over(tmp_path, monkeypatch):
    path = tmp_path / "file"

    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"1")
    assert os.listdir(tmp_path) == []


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    """Between the look at the name and its opening: nobody reads the pipe, or ever will."""
    path = tmp_path / "metrics.jsonl"
    os.mkfifo(path)
    monkeypatch.setattr(files, "plain_file", lambda path: None)
    signal.alarm(10)
    try:
        with pytest.raises(WriteError, match=r"metrics\.jsonl: could not be written: "):
            files.append(path, b"line")
    finally:
        signal.alarm(0)
