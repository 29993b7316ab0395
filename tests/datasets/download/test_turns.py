"""Several processes that fetch the same file."""

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest

from cnncli.datasets.download.fetch import fetch
from cnncli.locks import file_lock
from tests.datasets.servers import (
    CONTENT,
    HALF,
    QUICK,
    SHORT,
    SIZE,
    cut,
    fetched,
    files,
    hang_up,
    well,
)

FETCH = """
import sys
from pathlib import Path
from cnncli.datasets.download.fetch import fetch
from cnncli.datasets.download.published_file import PublishedFile
base, size, sha256, root = sys.argv[1:]
remote = PublishedFile(base, "set.tar.gz", int(size), sha256)
print(fetch(remote, Path(root), notify=lambda line: print(line, flush=True)))
"""


@pytest.fixture
def gate(server):
    """Lets the first answer stop at its half, until it is opened."""
    gate = Event()
    gate.reached = Event()

    def halting(handler):
        handler.due(SIZE)
        handler.wfile.write(CONTENT[:HALF])
        handler.wfile.flush()
        gate.reached.set()
        gate.wait(5)
        handler.wfile.write(CONTENT[HALF:])

    server.script = [halting]
    yield gate
    gate.set()


@pytest.fixture
def other(gate, remote, tmp_path):
    """Another process, which has fetched a half."""
    arguments = [remote.base, str(remote.size), remote.sha256, str(tmp_path)]
    process = subprocess.Popen(
        [sys.executable, "-c", FETCH, *arguments], stdout=subprocess.PIPE, text=True
    )
    assert gate.reached.wait(20)
    part = tmp_path / "set.tar.gz.part"
    while not (part.exists() and part.stat().st_size):
        assert process.poll() is None
    yield process
    process.kill()
    process.communicate()


def waiting_line(folder):
    return f"{folder / 'set.tar.gz'}: another process is fetching it; waiting for it to end"


class Second(Thread):
    """Fetches the file too; `told` is set when it has told something."""

    def __init__(self, remote, folder, patience=QUICK):
        super().__init__(daemon=True)
        self.remote, self.folder, self.patience = remote, folder, patience
        self.lines, self.told = [], Event()
        self.start()

    def run(self):
        self.path = fetch(self.remote, self.folder, notify=self._tell, patience=self.patience)

    def _tell(self, line):
        self.lines.append(line)
        self.told.set()


def test_the_second_takes_what_the_first_has_fetched(server, gate, other, remote, tmp_path):
    second = Second(remote, tmp_path)
    assert second.told.wait(5)
    assert files(tmp_path) == ["set.tar.gz.part"]
    gate.set()
    assert other.communicate(timeout=5)[0] == f"{tmp_path / 'set.tar.gz'}\n"
    second.join(5)
    assert second.path.read_bytes() == CONTENT
    assert second.lines == [waiting_line(tmp_path)]
    assert files(tmp_path) == ["set.tar.gz"]
    assert server.injected == {"halting": 1, "well": 1}


def test_a_killed_first_does_not_block_the_second(server, gate, other, remote, tmp_path):
    second = Second(remote, tmp_path)
    assert second.told.wait(5)
    other.kill()
    second.join(5)
    assert second.path.read_bytes() == CONTENT
    assert second.lines == [waiting_line(tmp_path)]
    assert files(tmp_path) == ["set.tar.gz"]
    begin = int(server.asked[-1][1].removeprefix("bytes=").removesuffix("-"))
    assert 0 < begin <= HALF


def test_what_a_killed_one_left_is_no_obstacle(server, gate, other, remote, tmp_path):
    other.kill()
    other.wait()
    assert files(tmp_path) == ["set.tar.gz.part"]
    assert fetched(remote, tmp_path) == []
    assert server.injected == {"halting": 1, "well": 1}


def test_many_at_once(server, remote, tmp_path):
    server.script = [cut, well, hang_up, cut, well, well]
    fetching = [Second(remote, tmp_path) for _ in range(6)]
    for one in fetching:
        one.join(10)
        assert one.path.read_bytes() == CONTENT
    assert files(tmp_path) == ["set.tar.gz"]


def test_a_part_that_gets_its_name_while_it_is_looked_at(server, remote, tmp_path, monkeypatch):
    """Then it is gone, which is nothing to fail of: the next look finds the file."""
    part, target = tmp_path / "set.tar.gz.part", tmp_path / "set.tar.gz"
    real = Path.stat

    def late(path, **how):
        if path == part and os.path.exists(part):
            monkeypatch.setattr(Path, "stat", real)
            part.rename(target)
        return real(path, **how)

    part.write_bytes(CONTENT)
    monkeypatch.setattr(Path, "stat", late)
    server.script = [well]
    fetched(remote, tmp_path)
    assert target.read_bytes() == CONTENT
    assert files(tmp_path) == ["set.tar.gz"]


def test_a_part_that_grew_meanwhile_is_not_written_to(server, remote, tmp_path):
    part = tmp_path / "set.tar.gz.part"

    def late(handler):
        part.write_bytes(CONTENT[:HALF])
        well(handler)

    part.write_bytes(CONTENT[:1000])
    server.script = [late]
    assert fetched(remote, tmp_path) == []
    assert [asked for _, asked in server.asked] == ["bytes=1000-", f"bytes={HALF}-"]


def test_waiting_for_another_takes_no_patience(server, remote, tmp_path):
    with file_lock(tmp_path / "set.tar.gz.part", pytest.fail):
        second = Second(remote, tmp_path, SHORT)
        assert second.told.wait(5)
        time.sleep(SHORT.seconds)
    second.join(5)
    assert second.path.read_bytes() == CONTENT
    assert second.lines == [waiting_line(tmp_path)]


def test_a_part_that_just_got_its_name_is_not_written_to(server, remote, tmp_path, monkeypatch):
    """Who opened it before its owner renamed it must look again."""
    import fcntl

    real, part, target = fcntl.flock, tmp_path / "set.tar.gz.part", tmp_path / "set.tar.gz"

    def late(stream, how):
        real(stream, how)
        monkeypatch.setattr(fcntl, "flock", real)
        part.write_bytes(CONTENT)
        part.rename(target)

    monkeypatch.setattr(fcntl, "flock", late)
    assert fetched(remote, tmp_path) == []
    assert len(server.asked) == 1


def test_who_comes_after_the_last_looks_again(server, remote, tmp_path, monkeypatch):
    """Its own new part goes away; the file that is there meanwhile stays."""

    def late(handler):
        (tmp_path / "set.tar.gz").write_bytes(CONTENT)
        well(handler)

    server.script = [late]
    assert fetched(remote, tmp_path) == []
    assert len(server.asked) == 1


def test_a_file_system_without_locks(remote, tmp_path, monkeypatch):
    import fcntl

    def unknown(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unknown)
    assert fetched(remote, tmp_path) == []
