"""Ranks that mpirun has bound to few cores."""

import pytest

from cnncli.engine.parallel.world import ALONE
from cnncli.training.tools import launch
from tests.engine.parallel.thread_world import ThreadWorld

RANK = ThreadWorld(0, 4, None)


@pytest.fixture
def bound(monkeypatch):
    """A function: what is said on a host of so many cores, of which a rank has so many."""

    def say(cores, own, world=RANK, by="OMPI_COMM_WORLD"):
        monkeypatch.setenv(f"{by}_SIZE", "4")
        monkeypatch.setenv(f"{by}_RANK", "0")
        monkeypatch.setattr(launch, "parent_cores", lambda: cores)
        monkeypatch.setattr(launch, "available_threads", lambda: own)
        return launch._binding(world)

    return say


def test_to_one_core(bound):
    assert bound(32, 1) == (
        "mpirun has bound each rank to 1 core, and 32 over 4 ranks are 8; mpirun --bind-to none "
        "lets them have these"
    )


def test_all_have_their_share(bound):
    assert bound(32, 8) is None
    assert bound(2, 1) is None
    assert bound(None, 1) is None
    assert bound(32, 1, ALONE) is None


def test_of_other_launchers_it_is_not_known(bound):
    assert bound(32, 1, by="PMI") is None
