"""The file before the newest keeps a name of its own."""

import os

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


@pytest.mark.parametrize("step", range(8))
def test_killed_at_any_call(tmp_path, monkeypatch, step):
    """Whatever call is the last, `last` is whole, and what is left over does no harm."""

    class Killed(BaseException):
        pass

    path, former = tmp_path / "last", tmp_path / "previous"
    write_whole(path, b"1", former=former)
    write_whole(path, b"2", former=former)
    calls = 0

    def counted(function):
        def call(*arguments, **options):
            nonlocal calls
            calls += 1
            if calls > step:
                raise Killed
            return function(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in ("fsync", "link", "replace", "open"):
            patch.setattr(files.os, name, counted(getattr(os, name)))
        try:
            write_whole(path, b"3", former=former)
        except Killed:
            assert calls == step + 1
    assert path.read_text() in ("2", "3")
    assert former.read_text() in ("1", "2")
    for written in (path, former):
        files.remove_part(written)
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
