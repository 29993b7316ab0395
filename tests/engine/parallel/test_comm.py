"""Sums over threads and processes: in a fixed order, the same on every rank; errors release all."""

import os
import signal
import time
from functools import partial

import numpy as np
import pytest

from cnncli.engine.parallel.comm import Solo, share
from cnncli.engine.parallel.processes import CAN_FORK, ProcessTeam
from cnncli.engine.parallel.threads import Team
from cnncli.engine.parameters import zeros
from cnncli.errors import WorkerLost
from cnncli.machine import available_threads

needs_fork = pytest.mark.skipif(not CAN_FORK, reason="the system has no safe fork")
SIZES = (0, 1, 3, 1001, 100_000)
"""The last is longer than what a connection takes at a time."""


class ThreadRanks:
    """A team of threads, used like one of processes."""

    def __init__(self, size, work):
        self.team, self.work = Team(size), work

    def run(self, orders):
        return self.team.run(lambda comm: self.work(comm, orders[comm.rank]), len(orders))

    def close(self):
        self.team.close()


@pytest.fixture(params=[ThreadRanks, pytest.param(ProcessTeam, marks=needs_fork)])
def team_of(request):
    """A function (size, work) -> a team, which is closed at the end."""
    teams = []

    def make(size, work):
        teams.append(request.param(size, work))
        return teams[-1]

    yield make
    for team in teams:
        team.close()


def add(comm, array):
    """The sum, twice: of what everyone brings, and of that."""
    first = comm.sum(array)
    return first, comm.sum(first)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ranks", [2, 3, 8])
def test_sums(team_of, ranks, size):
    arrays = np.random.default_rng(0).standard_normal((ranks, size)).astype(np.float32)
    expected = arrays[0].copy()
    for other in arrays[1:]:
        expected += other
    for _ in range(2):
        for first, second in team_of(ranks, add).run(list(arrays)):
            np.testing.assert_array_equal(first, expected)
            assert second.sum() == pytest.approx(ranks * expected.sum(), abs=1e-2)


def describe(comm, order):
    comm.wait()
    return comm.rank, comm.size, order


def test_fewer_ranks_than_there_are(team_of):
    team = team_of(4, describe)
    assert team.run("abc") == [(0, 3, "a"), (1, 3, "b"), (2, 3, "c")]
    assert team.run("ab") == [(0, 2, "a"), (1, 2, "b")]
    assert team.run("abcd")[3] == (3, 4, "d")


def fail(comm, order):
    if order == "fail":
        raise KeyError("the reason")
    return float(comm.sum(np.ones(3)).sum())


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_error_releases_the_waiting(team_of, failing):
    team = team_of(3, fail)
    with pytest.raises(KeyError, match="the reason"):
        team.run(["fail" if rank == failing else "" for rank in range(3)])
    assert team.run(["", "", ""]) == [9.0, 9.0, 9.0]


class Unpicklable(Exception):
    def __reduce__(self):
        raise TypeError("no pickled form")


@needs_fork
def test_an_error_that_can_not_be_sent_is_told_all_the_same():
    def work(comm, order):
        if comm.rank == 1:
            raise Unpicklable("the reason")
        comm.wait()

    team = ProcessTeam(2, work)
    with pytest.raises(RuntimeError, match="Unpicklable: the reason"):
        team.run([None, None])


def test_an_error_of_the_system_is_not_taken_for_a_lost_process(team_of):
    def work(comm, order):
        if comm.rank == order:
            raise OSError("disk")
        comm.wait()

    for rank in (0, 1):
        with pytest.raises(OSError, match="disk"):
            team_of(2, work).run([rank, rank])


def die(comm, victim, at):
    if at == "before":
        comm.wait()
    if comm.rank == victim:
        os.kill(os.getpid(), signal.SIGKILL)
    comm.wait()
    return comm.rank


@needs_fork
@pytest.mark.parametrize("at", ["before", "at once"])
@pytest.mark.parametrize("victim", [1, 2])
def test_a_process_that_is_killed(victim, at):
    team = ProcessTeam(3, partial(die, at=at))
    with pytest.raises(WorkerLost, match="a process that computed a part of the batch was killed"):
        team.run([victim] * 3)
    assert team.run([None] * 3) == [0, 1, 2]
    team.close()


def process(comm, order):
    return os.getpid()


@needs_fork
def test_processes_end_with_the_team():
    team = ProcessTeam(3, process)
    own, *others = team.run([None] * 3)
    assert own == os.getpid()
    assert len({own, *others}) == 3
    assert team.run([None] * 3) == [own, *others]
    team.close()
    for pid in others:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    team.close()


@needs_fork
def test_processes_end_with_the_first():
    """Even if that has no time to say so."""
    read, write = os.pipe()
    if (first := os.fork()) == 0:
        team = ProcessTeam(3, process)
        os.write(write, " ".join(map(str, team.run([None] * 3)[1:])).encode())
        time.sleep(60)
        os._exit(1)
    others = [int(pid) for pid in os.read(read, 100).split()]
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    until = time.monotonic() + 10
    while any(_runs(pid) for pid in others) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(_runs(pid) for pid in others)
    os.close(read)
    os.close(write)


def _runs(pid):
    """Whether there is such a process, one that has ended and waits for its parent left out."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@needs_fork
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_are_for_the_first_process_to_act_on(number):
    team = ProcessTeam(2, process)
    _, other = team.run([None, None])
    os.kill(other, number)
    assert team.run([None, None])[1] == other
    team.close()


def stop(comm, victim):
    if comm.rank == victim:
        os.kill(os.getpid(), signal.SIGSTOP)
    comm.wait()
    return comm.rank


@needs_fork
@pytest.mark.parametrize("victim", [1, 2])
def test_a_process_that_is_stopped_goes_on(victim):
    """Else the first would wait for it, and could not even be ended."""
    team = ProcessTeam(3, stop)
    assert team.run([victim] * 3) == [0, 1, 2]
    team.close()


def write(comm, array):
    array_of_all[comm.rank] = comm.rank + 1
    comm.wait()
    return array_of_all.sum()


array_of_all = zeros(3, np.float64)


def test_shared_arrays(team_of):
    array_of_all.fill(0)
    assert team_of(3, write).run([None] * 3) == [6.0, 6.0, 6.0]
    assert array_of_all.tolist() == [1, 2, 3]
    assert zeros(0, np.float32).shape == (0,)


def test_solo():
    array = np.ones(3)
    assert Solo().sum(array) is array


@pytest.mark.parametrize("size", [0, 1, 63, 64, 1000, 4096])
@pytest.mark.parametrize("ranks", [1, 2, 3, 7])
def test_shares_cover_everything_once(size, ranks):
    parts = [share(size, rank, ranks, align=64) for rank in range(ranks)]
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(size))
    assert all(part.start % 64 == 0 or part.start == size for part in parts)


def test_threads_are_at_least_one():
    assert available_threads() >= 1
