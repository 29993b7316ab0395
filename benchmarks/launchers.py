"""What launchers of MPI deliver: `python -m benchmarks.launchers`, in an environment with mpi4py.

Ranks that note what reaches them are started by the launcher that is named, mpirun or srun; it, or
a rank, is sent a signal, or a rank ends. Told are the signals that the ranks got, how long they
lived on, the status of the launcher, when the last process was gone, and what the launcher printed.
Each case is a line of benchmarks/launchers.jsonl, from which docs/scaling.md has its table. For
srun: `python -m tests.launching.slurm python -m benchmarks.launchers srun`.
"""

import argparse
import fcntl
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

HERE = Path(__file__).parent
RANKS = 3
VICTIM = 1
PATIENCE = 10
"""Seconds after which a process that is still there counts as left."""
KILL_WAIT = 30
"""Seconds from SIGTERM to SIGKILL that SLURM lets a job have where nothing else is set."""
QUIET = 0.5
"""Seconds between the ranks' start and what is done to them."""


class Case(NamedTuple):
    """What ranks do, and what is done to them."""

    name: str
    how: str
    act: "Callable[[Launched], object]"
    patience: float = PATIENCE


class Launched:
    """A launcher in a terminal of its own, with its ranks."""

    def __init__(self, launcher: Sequence[str], folder: Path, how: str) -> None:
        self.folder = folder
        rank = [sys.executable, str(HERE / "launched.py"), str(folder), how, str(VICTIM)]
        self.terminal, inside = pty.openpty()
        self.launcher = subprocess.Popen(
            [*launcher, "-n", str(RANKS), *rank],
            stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            preexec_fn=lambda: _own_terminal(inside), env=environment(),
        )  # fmt: skip
        os.close(inside)
        os.set_blocking(self.terminal, False)
        self.printed = b""

    def start(self) -> None:
        """Returns when all ranks are there."""
        while not all((self.folder / f"{rank}.pid").exists() for rank in range(RANKS)):
            self.read()
            time.sleep(0.02)
        time.sleep(QUIET)
        self.ranks = [int((self.folder / f"{rank}.pid").read_text()) for rank in range(RANKS)]

    def read(self) -> None:
        """Takes what was printed."""
        try:
            while piece := os.read(self.terminal, 65536):
                self.printed += piece
        except OSError:  # nothing there now, or the terminal is closed
            pass

    def interrupt(self) -> None:
        """Ctrl-C: the terminal sends SIGINT to all processes of its foreground group."""
        os.write(self.terminal, b"\x03")

    def interrupt_twice(self) -> None:
        """Ctrl-C, and again half a second later."""
        self.interrupt()
        time.sleep(0.5)
        self.interrupt()

    def cancel(self, *options: str) -> None:
        """What SLURM's scancel sends to the newest job."""
        job = _output("squeue", "--noheader", "--format=%i", "--sort=-i").split()[0]
        _output("scancel", *options, job)

    def go(self) -> None:
        """Lets the victim, or all ranks, end."""
        (self.folder / "go").touch()

    def end(self, began: float, patience: float) -> dict[str, Any]:
        """What happened since then, until everything is gone or the patience is over, seconds."""
        status: int | None = None
        ended: float | None = None
        gone: list[float | None] = [None] * RANKS
        while time.time() < began + patience:
            self.read()
            now = time.time() - began
            if status is None and (status := self.launcher.poll()) is not None:
                ended = now
            gone = [
                now if one is None and not alive(pid) else one
                for one, pid in zip(gone, self.ranks, strict=True)
            ]
            if status is not None and None not in gone:
                break
            time.sleep(0.005)
        left = sum(one is None for one in gone)
        for pid in [*self.ranks, self.launcher.pid]:
            if alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.launcher.wait()
        self.read()
        os.close(self.terminal)
        return {
            "status": status,
            "launcher_gone": ended,
            "ranks_gone": gone,
            "left": left,
            "signals": [self._signals(rank, began) for rank in range(RANKS)],
            "printed": self.printed.decode(errors="replace").replace("\r\n", "\n"),
        }

    def _signals(self, rank: int, began: float) -> list[tuple[str, float]]:
        lines = (self.folder / f"{rank}.log").read_text().splitlines()
        return [(name, float(at) - began) for name, at in map(str.split, lines)]


def _own_terminal(inside: int) -> None:
    fcntl.ioctl(inside, termios.TIOCSCTTY, 0)


def alive(pid: int) -> bool:
    """Whether the process runs: one that has ended and is not yet waited for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def launcher(name: str) -> tuple[str, list[str]]:
    """Its name with versions, and its command; Open MPI's must be told that cores are few."""
    text = _output(sys.executable, "-c", "from mpi4py import MPI; print(MPI.Get_library_version())")
    kind, number = re.match(r"Open MPI|MPICH|\w+", text), re.search(r"\d+\.\d+\.\d+", text)
    library = f"{kind and kind[0]} {number and number[0]}"
    open_mpi = library.startswith("Open MPI")
    if name == "srun":
        version = _output("srun", "--version").split()[1]
        return f"srun {version}, {library}", [
            "srun", "--overcommit", f"--mpi={'pmix' if open_mpi else 'pmi2'}"
        ]  # fmt: skip
    return f"mpirun, {library}", ["mpirun", *["--oversubscribe"] * open_mpi]


def _output(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def environment() -> dict[str, str]:
    """Open MPI lets root start ranks only where it is told to, as in a container."""
    allow = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    return {**os.environ, **allow}


def _to_launcher(number: int) -> Callable[[Launched], object]:
    return lambda launched: os.kill(launched.launcher.pid, number)


def _to_ranks(number: int, victims: list[int]) -> Callable[[Launched], object]:
    return lambda launched: [os.kill(launched.ranks[rank], number) for rank in victims]


ALL = list(range(RANKS))
CASES = (
    Case("Ctrl-C in the terminal", "watch", Launched.interrupt),
    Case("Ctrl-C, ranks that end with 130", "stop", Launched.interrupt),
    Case("Ctrl-C twice", "watch", Launched.interrupt_twice),
    Case("SIGINT to the launcher", "watch", _to_launcher(signal.SIGINT)),
    Case("SIGTERM to the launcher", "watch", _to_launcher(signal.SIGTERM)),
    Case("SIGTERM to the launcher, ranks that end with 143", "stop", _to_launcher(signal.SIGTERM)),
    Case("SIGHUP to the launcher", "watch", _to_launcher(signal.SIGHUP)),
    Case("SIGUSR1 to the launcher", "watch", _to_launcher(signal.SIGUSR1)),
    Case("SIGKILL of the launcher", "watch", _to_launcher(signal.SIGKILL)),
    Case("SIGKILL of a rank", "watch", _to_ranks(signal.SIGKILL, [VICTIM])),
    Case("SIGTERM to all ranks, which end with 143", "stop", _to_ranks(signal.SIGTERM, ALL)),
    *(Case(f"a rank exits with {s}", f"exit {s}", Launched.go) for s in (0, 1, 7, 143)),
    *(Case(f"a rank calls MPI_Abort({s})", f"abort {s}", Launched.go) for s in (1, 7, 143)),
    *(Case(f"all ranks end with {s}", f"all {s}", Launched.go) for s in (0, 1, 7, 143)),
)
SLURM = (
    *CASES,
    Case("scancel", "watch", Launched.cancel, KILL_WAIT + PATIENCE),
    Case("scancel, ranks that end with 143", "stop", Launched.cancel),
    Case("scancel --signal=TERM", "watch", lambda launched: launched.cancel("--signal=TERM")),
    Case("scancel --signal=TERM, ranks that end with 143", "stop",
         lambda launched: launched.cancel("--signal=TERM")),
)  # fmt: skip


def main() -> None:
    """Every case, several times, as lines of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("launcher", choices=("mpirun", "srun"))
    parser.add_argument("words", nargs="*", help="those of the cases to try; all")
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "launchers.jsonl")
    options = parser.parse_args()
    name, command = launcher(options.launcher)
    for case in CASES if options.launcher == "mpirun" else SLURM:
        if options.words and not any(word in case.name for word in options.words):
            continue
        for _ in range(options.tries):
            with TemporaryDirectory() as folder:
                launched = Launched(command, Path(folder), case.how)
                launched.start()
                began = time.time()
                case.act(launched)
                found = {"launcher": name, "case": case.name}
                found |= launched.end(began, case.patience)
                found["printed"] = found["printed"].replace(folder, "FOLDER")
            with options.out.open("a") as out:
                out.write(json.dumps(found) + "\n")
            print(name, "|", case.name, "|", found["status"], found["signals"],
                  found["ranks_gone"], "left", found["left"], flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
