"""A process that trains one of several runs for another one, which hears how it goes.

The other process holds the end of a pipe that is the standard input of this one. When it has ended,
however that was, the system closes that end: the run is then saved after its step, as at SIGTERM.
"""

import os
import signal
import threading
import time
from contextlib import suppress

from cnncli.engine.parallel.threads import NAME
from cnncli.report.progress import Progress, Sums

_SECONDS = 0.2
"""Between two reports of the step."""


def end_with_parent() -> None:
    """From now on."""
    # of a name by which it is known to hold no lock when processes are forked
    threading.Thread(target=_watch, name=f"{NAME}-parent", daemon=True).start()


def _watch() -> None:
    with suppress(OSError):
        while os.read(0, 1):
            pass
    os.kill(os.getpid(), signal.SIGTERM)


class JobProgress(Progress):
    """Says everything line by line, and on standard output at which step of how many it is."""

    def __init__(self, *, quiet: bool = False) -> None:
        super().__init__(quiet=quiet, bar=False)
        self._total, self._next = 0, 0.0

    def start(self, total: int, done: int) -> None:
        self._total = total
        self._tell(done)

    def step(self, step: int, sums: Sums) -> None:
        """Now and then."""
        if time.monotonic() >= self._next or step == self._total:
            self._tell(step)

    def _tell(self, step: int) -> None:
        self._next = time.monotonic() + _SECONDS
        with suppress(OSError):  # who does not listen any more has ended
            os.write(1, f"{step} {self._total}\n".encode())
