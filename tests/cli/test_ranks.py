"""Commands that were started as one of several processes, without an MPI that joins them."""

import sys

import pytest

from cnncli.cli import ranks
from tests.cli.commands import call, refusal, succeed

COMMANDS = [("train", "digits"), ("eval", "runs/digits-1")]


@pytest.fixture
def started(monkeypatch):
    """A function that lets this process be one of so many."""
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    monkeypatch.setattr(ranks, "_LAST_WORD", 0)

    def start(size, rank):
        monkeypatch.setenv("OMPI_COMM_WORLD_SIZE", str(size))
        monkeypatch.setenv("OMPI_COMM_WORLD_RANK", str(rank))

    return start


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_the_first_refuses_for_all(command, started, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    started(4, 0)
    message = refusal(*command, status=2)
    assert message.startswith("mpirun has started 4 processes, and they cannot find each other: ")
    assert "`pip install 'cnncli[mpi]'` installs mpi4py" in message
    started(4, 3)
    assert refusal(*command, status=2) == ""
    assert not list(tmp_path.iterdir())


def test_the_only_one_is_alone(started, config, tmp_path):
    started(1, 0)
    succeed("train", config, "--out", tmp_path / "run", "--max-steps", 1)


def test_what_each_would_do(started, config):
    started(2, 1)
    assert refusal("verify-resume", config, status=2) == (
        "mpirun has started 2 processes, and each would do the same; start this command by itself\n"
    )


def test_other_commands_are_left_alone(started):
    started(2, 1)
    assert call("shapes", "digits").exit_code == 0
