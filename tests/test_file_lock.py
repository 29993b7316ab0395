"""A run's directory belongs to one process at a time."""

import errno
import os
import shutil
import subprocess
import sys

import pytest

from cnncli.errors import UsageError, WriteError
from cnncli.locks import directory_lock, is_at_work
from tests.messages import error_text

HOLD = """
import sys
from pathlib import Path
from cnncli.locks import directory_lock
with directory_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that has the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_one_at_a_time(tmp_path, other):
    with pytest.raises(UsageError) as caught, directory_lock(tmp_path):
        pytest.fail("two at work")
    assert str(caught.value) == (
        f"{tmp_path}: process {other.pid} is at work there; "
        "wait for it to end, or choose another --out"
    )


def test_a_lock_ends_with_its_process(tmp_path, other):
    other.kill()
    other.wait()
    assert (tmp_path / ".lock").read_text() == f"{other.pid}\n"
    with directory_lock(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"
    assert (tmp_path / ".lock").read_text() == ""
    with directory_lock(tmp_path):
        pass


def test_a_directory_that_became_anothers(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    with directory_lock(folder) as lock:
        lock.check()
        shutil.rmtree(folder)
        lock.check()
        folder.write_text("")
        lock.check()
        folder.unlink()
        folder.mkdir()
        lock.check()
        with directory_lock(folder) as other:
            other.check()
            caught = error_text(WriteError, lock.check)
    assert caught == (
        f"{folder}: was removed meanwhile, and is another run's now; nothing more is written there"
    )


def test_a_link_that_is_called_like_the_lock(tmp_path):
    (tmp_path / "mine").write_text("the user's")
    (tmp_path / ".lock").symlink_to(tmp_path / "mine")
    with pytest.raises(WriteError) as caught, directory_lock(tmp_path):
        pytest.fail("no lock")
    assert str(caught.value) == (
        f"{tmp_path / '.lock'}: is a link to {tmp_path / 'mine'}; "
        "name the file itself, or move the link away"
    )
    assert (tmp_path / "mine").read_text() == "the user's"


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / ".lock").mkdir()
    with pytest.raises(WriteError) as caught, directory_lock(tmp_path):
        pytest.fail("no lock")
    assert str(caught.value) == (
        f"{tmp_path / '.lock'}: is a directory, not a file; name another, or move it away"
    )


def test_a_lock_with_two_names(tmp_path):
    """The file with the other name would be emptied too."""
    (tmp_path / "mine").write_text("the user's")
    os.link(tmp_path / "mine", tmp_path / ".lock")
    with pytest.raises(WriteError) as caught, directory_lock(tmp_path):
        pytest.fail("no lock")
    assert str(caught.value) == (
        f"{tmp_path / '.lock'}: has 2 names (hard links), and another may be someone's file; "
        "move this one away"
    )
    assert (tmp_path / "mine").read_text() == "the user's"


@pytest.mark.parametrize("content", ["the user's", "12\n34\n", " ", "1" * 19 + "\n\n"])
def test_a_file_that_is_called_like_the_lock(tmp_path, content):
    (tmp_path / ".lock").write_text(content)
    with pytest.raises(WriteError) as caught, directory_lock(tmp_path):
        pytest.fail("no lock")
    assert str(caught.value) == (
        f"{tmp_path / '.lock'}: holds more than a process's number; move it away"
    )
    assert (tmp_path / ".lock").read_text() == content


def test_whether_a_process_is_at_work(tmp_path, other):
    before = os.stat(tmp_path / ".lock")
    assert is_at_work(tmp_path)
    after = os.stat(tmp_path / ".lock")
    assert (before.st_mtime_ns, before.st_size) == (after.st_mtime_ns, after.st_size)
    other.kill()
    other.wait()
    assert (tmp_path / ".lock").read_text() == f"{other.pid}\n"
    assert not is_at_work(tmp_path)
    with directory_lock(tmp_path):
        assert is_at_work(tmp_path)
    assert not is_at_work(tmp_path)


def test_what_is_no_lock_is_nobody_at_work(tmp_path):
    assert not is_at_work(tmp_path / "nothing")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / ".lock")
    (tmp_path / "folder" / ".lock").mkdir(parents=True)
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / ".lock").symlink_to(tmp_path / "pipe" / ".lock")
    for name in ("pipe", "folder", "link"):
        assert not is_at_work(tmp_path / name)


LOOK = """
import sys
from pathlib import Path
from cnncli.locks import is_at_work
print("looks", flush=True)
while True:
    is_at_work(Path(sys.argv[1]))
"""


def test_whoever_looks_keeps_nobody_out(tmp_path):
    """A run that starts at that moment waits for some milliseconds, and gets the lock."""
    (tmp_path / ".lock").write_text("1\n")  # as one that was killed has left it
    process = subprocess.Popen([sys.executable, "-c", LOOK, str(tmp_path)], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"looks\n"
        for _ in range(300):
            with directory_lock(tmp_path):
                pass
            (tmp_path / ".lock").write_text("1\n")
    finally:
        process.kill()
        process.communicate()


def test_a_lock_that_is_needed(tmp_path, monkeypatch):
    """Where the file system knows none, a run is alone all the same, and what is shared is not."""
    import fcntl

    def flock(stream, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with directory_lock(tmp_path):
        pass

    def lock():
        with directory_lock(tmp_path, is_needed=True):
            pytest.fail("no lock")

    assert error_text(WriteError, lock) == (
        f"{tmp_path}: its file system keeps nobody out by locks (No locks available), so that two "
        "processes could train one trial; name a folder that does with --out: on a local disk, or "
        "on NFS 4 mounted without nolock and local_lock"
    )
