"""Several ranks of a command, as mpirun starts them, and who of them is still there."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

GONE = 10
"""Seconds after a failure in which every process has to end."""
_MARK = "CNN_TEST_LAUNCH"
_RANKS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID")


@cache
def library() -> str:
    """`Open MPI` or `MPICH`: what mpi4py of this Python works with."""
    ask = "from mpi4py import MPI; print(MPI.Get_library_version())"
    said = subprocess.run([sys.executable, "-c", ask], stdout=subprocess.PIPE, text=True).stdout
    return "MPICH" if said.startswith("MPICH") else "Open MPI"


def mpirun(ranks: int, *, tcp: bool = False) -> list[str]:
    """Its command; the ranks may be more than cores."""
    few_cores = ["--oversubscribe", "--bind-to", "none"] if library() == "Open MPI" else []
    over = ["--mca", "pml", "ob1", "--mca", "btl", "self,tcp"] if tcp else []
    return ["mpirun", *few_cores, *over, "-n", str(ranks)]


def environment() -> dict[str, str]:
    """Open MPI lets root start ranks only where it is told to, as in a container."""
    allow = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return {**os.environ, **allow}


def did_not_start(printed: str) -> bool:
    """Whether Open MPI has given up before any rank was there: it does, about once in 40 times."""
    return "PMIx server's listener thread failed to start" in printed


class Launch:
    """`cnn` on several ranks. What is left of them is killed when it is left."""

    def __init__(self, launcher: Sequence[str], *arguments: object) -> None:
        self._mark = uuid.uuid4().hex
        self.launcher = subprocess.Popen(
            [*launcher, sys.executable, "-m", "cnncli", *map(str, arguments)],
            env={**environment(), _MARK: self._mark}, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> "Launch":
        return self

    def __exit__(self, *error: object) -> None:
        for pid in [*self.processes(), self.launcher.pid]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.launcher.communicate()

    def processes(self) -> dict[int, int | None]:
        """Of all that this has started and that is alive: the process, and which rank it is."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                variables = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:  # it has ended
                continue
            if f"{_MARK}={self._mark}" in variables and state not in "ZX":
                numbers = dict(one.partition("=")[::2] for one in variables)
                rank = next((int(numbers[name]) for name in _RANKS if name in numbers), None)
                found[int(folder.name)] = rank
        return found

    def ranks(self) -> dict[int, int]:
        """The processes of the ranks that are alive, by rank."""
        return {rank: pid for pid, rank in self.processes().items() if rank is not None}

    def end(self, timeout: float) -> tuple[int, str]:
        """The launcher's exit status, as a shell shows it, and what was printed."""
        printed, _ = self.launcher.communicate(timeout=timeout)
        status = self.launcher.returncode
        return status if status >= 0 else 128 - status, printed

    def wait_until_gone(self) -> float:
        """Seconds until no process was left. Raises AssertionError after GONE."""
        began = time.perf_counter()
        while left := self.processes():
            assert time.perf_counter() < began + GONE, f"left: {left}"
            time.sleep(0.02)
        return time.perf_counter() - began
