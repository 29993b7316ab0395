"""Several processes of `cnn train` side by side, each for one run."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from cnncli.bounds import MAX_JOB_LINE
from cnncli.errors import DivergedError, UsageError
from cnncli.files import append
from cnncli.training.signals import Interrupt

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); sys.argv[0] = 'cnn'; "
    "from cnncli.__main__ import main; main()"
)
"""The same program as this one: found where this one was, and not where it is called."""
_SECONDS = 0.1
"""Between two looks whether a signal has come."""


GOES_ON = (0, DivergedError.exit_status)
"""Exit statuses after which the next run is begun: one is done, or has diverged."""


class Listener(Protocol):
    """Who hears the processes."""

    def hear(self, name: str, line: str) -> None:
        """What one of them says."""

    def reach(self, name: str, step: int, total: int) -> None:
        """At which step of how many one is."""

    def end(self, name: str) -> None:
        """One has ended."""


@dataclass
class _Job:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    listener: Listener
    streams: dict[int, bytes] = field(default_factory=dict)
    """Those that it still writes to, each with the beginning of a line."""

    def __post_init__(self) -> None:
        for stream in (self.out, self.err):
            self.streams[stream.fileno()] = b""

    @property
    def out(self) -> IO[bytes]:
        """Where it says at which step it is."""
        assert self.process.stdout
        return self.process.stdout

    @property
    def err(self) -> IO[bytes]:
        """Where it says what is for people."""
        assert self.process.stderr
        return self.process.stderr

    def read(self, stream: int) -> bool:
        """Whether the stream goes on; its lines are passed on."""
        content = os.read(stream, 1 << 16)
        *lines, rest = (self.streams[stream] + content).split(b"\n")
        if rest and (not content or len(rest) > MAX_JOB_LINE):
            lines, rest = [*lines, rest], b""
        self.streams[stream] = rest
        if stream == self.out.fileno():
            self._reach(lines)
        elif lines:
            append(self.log, b"".join(line + b"\n" for line in lines))
            for line in lines:
                self.listener.hear(self.name, line.decode(errors="replace"))
        if not content:
            del self.streams[stream]
        return bool(content)

    def _reach(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            with suppress(ValueError):
                step, total = map(int, line.split())
                self.listener.reach(self.name, step, total)

    def tell(self, number: int) -> None:
        """Sends it a signal."""
        with suppress(ProcessLookupError):
            self.process.send_signal(number)

    def end(self) -> int:
        """Waits for its end: the exit status; 128 + number where a signal has ended it."""
        for stream in (self.process.stdin, self.out, self.err):
            assert stream
            with suppress(OSError):
                stream.close()
        status = self.process.wait()
        return status if status >= 0 else 128 - status


def run_jobs(
    commands: Mapping[str, Sequence[str]],
    most: int,
    folder: Path,
    listener: Listener,
    interrupt: Interrupt,
) -> dict[str, int]:
    """Exit statuses of the commands that were begun, by their names, at most so many at a time.

    commands: the arguments of `cnn`. folder: what each process says is added there to NAME.log.
    A signal that `interrupt` notes is passed on to all, and no more are begun; nor are they after
    one that has failed, but not by diverging. Whatever is raised, all have ended then; UsageError
    where the system makes no more of them.
    """
    statuses: dict[str, int] = {}
    waiting, jobs = list(commands), list[_Job]()
    is_told = False
    with selectors.DefaultSelector() as selector:
        try:
            while jobs or waiting:
                while waiting and len(jobs) < most:
                    name = waiting.pop(0)
                    log = folder / f"{name}.log"
                    jobs.append(_Job(name, _start(commands[name]), log, listener))
                    for stream in jobs[-1].streams:
                        selector.register(stream, selectors.EVENT_READ, jobs[-1])
                for key, _ in selector.select(_SECONDS):
                    job: _Job = key.data
                    if not job.read(key.fd):
                        selector.unregister(key.fd)
                for job in [each for each in jobs if not each.streams]:
                    jobs.remove(job)
                    statuses[job.name] = job.end()
                    listener.end(job.name)
                    if statuses[job.name] not in GOES_ON:
                        waiting = []
                if interrupt.number is not None and not is_told:
                    is_told, waiting = True, []
                    for job in jobs:
                        job.tell(interrupt.number)
        except BaseException as error:
            for job in jobs:  # the second SIGINT ends a run at once
                job.tell(signal.SIGINT if isinstance(error, KeyboardInterrupt) else signal.SIGTERM)
            raise
        finally:
            for job in jobs:
                job.end()
    return statuses


def _start(arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    """In a group of its own: what a terminal sends to all of a group is for us to pass on.

    Raises UsageError where the system makes no more processes, or pipes to them.
    """
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-c", _START, json.dumps(sys.path), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        )
    except OSError as error:
        raise UsageError(
            f"the system refuses one more process: {error.strerror}; give fewer --jobs"
        ) from None
