"""The directory of a run: its configuration, its circumstances, its metrics, its checkpoints."""

import json
import os
import re
from pathlib import Path
from typing import Any

from cnncli.errors import CheckpointError, UsageError, WriteError

from .files import write_whole
from .progress import Progress

RUNS = Path("runs")


class RunDirectory:
    """Names the files, and appends to the metrics."""

    def __init__(self, path: Path, *, stays: bool = True) -> None:
        """stays: it is not removed when the command ends."""
        self.path = path
        self.stays = stays
        self.config = path / "config.yaml"
        self.about = path / "run.json"
        self.metrics = path / "metrics.jsonl"
        self.last = path / "last.safetensors"
        self.previous = path / "previous.safetensors"
        self.best = path / "best.safetensors"

    @property
    def holds_a_run(self) -> bool:
        """Something of a run is there."""
        files = (self.config, self.about, self.metrics, self.last, self.previous, self.best)
        return any(map(os.path.exists, files))

    def describe(self, config: str, about: dict[str, Any]) -> None:
        """Writes config.yaml and run.json. Raises WriteError."""
        write_whole(self.config, config.encode())
        write_whole(self.about, (json.dumps(about, indent=2) + "\n").encode())

    def fall_back(self) -> None:
        """Lets the checkpoint before the last take its place. Raises WriteError."""
        try:
            self.previous.replace(self.last)
        except OSError as error:
            raise WriteError(f"{self.last}: could not be replaced: {error.strerror}") from None

    def record(self, line: dict[str, Any]) -> None:
        """Appends a line to metrics.jsonl. Raises WriteError."""
        try:
            with self.metrics.open("a") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            raise WriteError(f"{self.metrics}: could not be written: {error.strerror}") from None

    @property
    def where(self) -> str:
        """Where the last checkpoint is, in a sentence."""
        return f"in {self.last}" if self.stays else "in a directory that is removed now"

    def cut_metrics(self, progress: Progress) -> None:
        """Drops the lines of what is not done yet: a resumed run writes them again."""
        try:
            lines = self.metrics.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise WriteError(f"{self.metrics}: can not be read: {error.strerror}") from None
        write_whole(self.metrics, b"".join(line for line in lines if _is_done(line, progress)))


def _is_done(line: bytes, progress: Progress) -> bool:
    """Whether a line of the metrics stays; one that an abrupt end left incomplete does not."""
    try:
        values = json.loads(line)
        is_due = values["kind"] == "epoch" and progress.sums.images > 0  # if it is the last step's
        done = values["step"] < progress.step + (not is_due)
        return bool(done and values["kind"] != "test")
    except (ValueError, KeyError, TypeError):
        return False


def create(out: Path | None, name: str) -> RunDirectory:
    """A new run's directory: `out`, or the next free runs/NAME-N.

    Raises UsageError where `out` holds a run already, WriteError where it can not be made.
    """
    try:
        if out is None:
            return RunDirectory(_next_free(name))
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"{error.filename}: could not be made: {error.strerror}") from None
    check_free(out)
    return RunDirectory(out)


def check_free(out: Path | None) -> None:
    """Raises UsageError where `out` holds a run already."""
    if out is not None and RunDirectory(out).holds_a_run:
        raise UsageError(
            f"{out} holds a run already; --resume continues it, another --out starts anew"
        )


def _next_free(name: str) -> Path:
    RUNS.mkdir(exist_ok=True)
    number = max(_numbers(name), default=0)
    while True:
        number += 1
        path = RUNS / f"{name}-{number}"
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path


def find(out: Path | None, name: str) -> RunDirectory | None:
    """The run to resume: `out`, or the newest of that name; None where there is none yet."""
    if out is None:
        number = max(_numbers(name), default=None)
        out = None if number is None else RUNS / f"{name}-{number}"
    return RunDirectory(out) if out and os.path.isdir(out) else None


def chosen_checkpoint(run: Path) -> Path:
    """Of a run, the best checkpoint if there is one, else the last; any other path is one itself.

    Raises CheckpointError where the run has none.
    """
    if not os.path.isdir(run):
        return run
    directory = RunDirectory(run)
    path = directory.best if os.path.exists(directory.best) else directory.last
    if not os.path.exists(path):
        raise CheckpointError(f"{run}: there is no checkpoint in this directory")
    return path


def _numbers(name: str) -> list[int]:
    pattern = re.compile(re.escape(name) + r"-(\d+)")
    found = (pattern.fullmatch(path.name) for path in RUNS.glob("*"))
    return [int(match[1]) for match in found if match]
