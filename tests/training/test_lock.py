"""A run's directory belongs to one process at a time."""

import os
import subprocess
import sys

import pytest

from cnncli.errors import UsageError, WriteError
from cnncli.training.files import write_whole
from cnncli.training.lock import locked

HOLD = """
import sys
from pathlib import Path
from cnncli.training.lock import locked
with locked(Path(sys.argv[1])):
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
    with pytest.raises(UsageError) as caught, locked(tmp_path):
        pytest.fail("two at work")
    assert str(caught.value) == (
        f"{tmp_path}: process {other.pid} is at work there; "
        "wait for it to end, or choose another --out"
    )


def test_a_lock_ends_with_its_process(tmp_path, other):
    other.kill()
    other.wait()
    assert (tmp_path / ".lock").read_text() == f"{other.pid}\n"
    with locked(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"
    assert (tmp_path / ".lock").read_text() == ""
    with locked(tmp_path):
        pass


def test_half_written_files_are_cleared_away(tmp_path):
    (tmp_path / ".last.safetensors.part").write_bytes(b"half")
    (tmp_path / "mine.part").write_bytes(b"the user's")
    write_whole(tmp_path / "last.safetensors", b"whole")
    (tmp_path / ".previous.safetensors.part").write_bytes(b"half")
    with locked(tmp_path):
        names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [".lock", "last.safetensors", "mine.part"]


def test_where_nothing_can_be_written(tmp_path):
    (tmp_path / ".lock").mkdir()
    with pytest.raises(WriteError) as caught, locked(tmp_path):
        pytest.fail("no lock")
    assert str(caught.value) == f"{tmp_path / '.lock'}: could not be written: Is a directory"
