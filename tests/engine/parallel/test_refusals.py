"""Machines that refuse what parallel work takes: processes, threads, open files."""

import errno
import os
import subprocess
import sys
import threading

import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.parallel.processes import CAN_FORK, NoProcesses, ProcessTeam
from cnncli.engine.parallel.threads import Team
from cnncli.errors import UsageError
from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import write_config
from tests.engine.networks import CASES, batch, cross_entropy

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="the system has no safe fork")
_FEW_FILES = "import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({0}, {0}))"


def _train(config, out, files):
    """A run on 64 threads that may have so many files open: what it says, and its arrays."""
    code = f"{_FEW_FILES.format(files)}; import cnncli.__main__ as program; program.main()"
    command = ["train", config, "--out", out, "--threads", "64", "--quiet"]
    run = subprocess.run(
        [sys.executable, "-c", code, *command, "--set", "train.batch_size=64"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stderr
    arrays = Checkpoint.load(out / "last.safetensors").arrays
    _, *told = run.stderr.splitlines()  # first, that 64 threads take turns
    if told and told[-1].startswith("warning: the network takes no image of the test split for "):
        told.pop()  # as it learned for a moment only
    return told, {name: array.tobytes() for name, array in arrays.items()}


def test_many_processes_take_few_open_files(tmp_path):
    """Fewer still: threads compute instead, which is said once, and the bits are the same."""
    config = write_config(tmp_path)
    told, arrays = _train(config, tmp_path / "processes", 256)
    assert not told
    told, others = _train(config, tmp_path / "threads", 60)
    assert told == [
        "warning: the system refuses 63 more processes: Too many open files; "
        "threads compute instead, with equal results"
    ]
    assert arrays == others


def _open_files():
    return sorted(os.listdir("/proc/self/fd"))


@pytest.fixture
def one_fork(monkeypatch):
    """One process is made; a second is refused, as where a user may have no more."""
    fork, forked = os.fork, []

    def refuse():
        if forked:
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        if (pid := fork()) != 0:
            forked.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", refuse)
    return forked


def test_a_team_that_is_refused_leaves_nothing(one_fork):
    before = _open_files()
    team = ProcessTeam(3, lambda comm, order: order)
    reason = "the system refuses 2 more processes: Resource temporarily unavailable"
    with pytest.raises(NoProcesses, match=reason):
        team.run("abc")
    assert _open_files() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(one_fork[0], os.WNOHANG)


def _gradients(**options):
    with Engine(CASES["chain"].graph, threads=3, seed=0, **options) as engine:
        for step in range(3):
            engine.gradients(batch(6), cross_entropy, step)
        return engine.gradient.tobytes()


def test_threads_take_over(one_fork):
    told = []
    with_threads = _gradients(notify=told.append)
    assert len(one_fork) == 1
    assert told == [
        "warning: the system refuses 2 more processes: Resource temporarily unavailable; "
        "threads compute instead, with equal results"
    ]
    assert with_threads == _gradients(fork=False)


def test_threads_that_are_refused(monkeypatch):
    start, started = threading.Thread.start, []

    def refuse(thread):
        if started:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", refuse)
    team = Team(4)
    with pytest.raises(UsageError) as caught:
        team.run(lambda comm: comm.wait())
    assert str(caught.value) == (
        "the system refuses 3 more threads: can't start new thread\n"
        "--threads, or train.threads, sets a smaller number"
    )
    monkeypatch.undo()
    team.close()
    assert not started[0].is_alive()
