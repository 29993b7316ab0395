"""A rank that notes what reaches it: started by `benchmarks.launchers` under mpirun, not by hand.

`launched.py FOLDER HOW VICTIM`. It writes its process into FOLDER/RANK.pid, and a line for every
signal and for its end into FOLDER/RANK.log, with the clock's seconds. HOW is one of:

- `watch`: notes signals and goes on, for a minute;
- `stop`: after SIGINT, SIGTERM or SIGHUP takes a tenth of a second for its step, and ends as a run
  that was interrupted does, with MPI_Finalize and 128 + the signal;
- `exit S`, `abort S`: the victim ends so, the others wait for it in a barrier;
- `all S`: every rank ends with S, after MPI_Finalize.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from mpi4py import MPI

ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SIGNALS = (*ENDS, signal.SIGUSR1, signal.SIGCONT)
STEP = 0.1
"""Seconds from a signal to the end of the step."""


def main(folder: Path, how: str, victim: int) -> None:
    """As the first lines of this file say."""
    rank = MPI.COMM_WORLD.Get_rank()
    log = os.open(folder / f"{rank}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        os.write(log, f"{signal.Signals(number).name} {time.time()}\n".encode())
        if number in ENDS:
            received.append(number)

    for number in SIGNALS:
        signal.signal(number, note)
    (folder / f"{rank}.pid").write_text(str(os.getpid()))
    kind, _, status = how.partition(" ")
    if kind in ("watch", "stop"):
        until = time.time() + 60
        while time.time() < until and not (kind == "stop" and received):
            time.sleep(0.01)
        time.sleep(STEP)
        _end(128 + received[0] if received else 0)
    while not (folder / "go").exists():
        time.sleep(0.01)
    if kind == "all":
        _end(int(status))
    if rank == victim and kind == "abort":
        MPI.COMM_WORLD.Abort(int(status))
    if rank == victim:
        os._exit(int(status))
    MPI.COMM_WORLD.Barrier()


def _end(status: int) -> None:
    MPI.Finalize()
    sys.exit(status)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
