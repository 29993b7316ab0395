"""Sums over threads: in a fixed order, the same on every rank; errors release the others."""

import numpy as np
import pytest

from cnncli.engine.comm import Solo, share
from cnncli.engine.threads import Team, available_threads


@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
def test_sum_and_broadcast(ranks):
    arrays = np.random.default_rng(0).standard_normal((ranks, 1001)).astype(np.float32)
    expected = arrays[0].copy()
    for other in arrays[1:]:
        expected += other
    team = Team(ranks)
    out = np.empty(1001, np.float32)

    def task(comm):
        first = comm.sum(arrays[comm.rank]).copy()
        into = comm.sum(arrays[comm.rank], out=out)
        sent = comm.broadcast(np.array([comm.rank]), root=comm.size - 1)
        return first, into, int(sent[0])

    for first, into, sent in team.run(task):
        np.testing.assert_array_equal(first, expected)
        np.testing.assert_array_equal(into, expected)
        assert into is out
        assert sent == ranks - 1
    team.close()


def test_fewer_ranks_than_threads():
    team = Team(4)
    assert team.run(lambda comm: comm.size, 3) == [3, 3, 3]
    assert team.run(lambda comm: comm.size, 1) == [1]
    team.close()


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_an_error_releases_the_waiting(failing):
    team = Team(3)

    def task(comm):
        if comm.rank == failing:
            raise KeyError("the reason")
        comm.sum(np.zeros(3))

    with pytest.raises(KeyError, match="the reason"):
        team.run(task)
    assert len(team.run(lambda comm: comm.sum(np.ones(2)))) == 3
    team.close()


def test_solo():
    array = np.ones(3)
    assert Solo().sum(array) is array
    np.testing.assert_array_equal(Solo().sum(array, out=np.zeros(3)), array)
    assert Solo().broadcast(array) is array


@pytest.mark.parametrize("size", [0, 1, 63, 64, 1000, 4096])
@pytest.mark.parametrize("ranks", [1, 2, 3, 7])
def test_shares_cover_everything_once(size, ranks):
    parts = [share(size, rank, ranks, align=64) for rank in range(ranks)]
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(size))
    assert all(part.start % 64 == 0 or part.start == size for part in parts)


def test_threads_are_at_least_one():
    assert available_threads() >= 1
