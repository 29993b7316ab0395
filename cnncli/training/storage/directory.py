"""The directory of a run: its configuration, its environment, its metrics, its checkpoints."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnncli.errors import CheckpointError, UsageError, WriteError
from cnncli.files import (
    Notify,
    plain_file,
    remove_parts,
    rename,
    reported,
    sync,
    write_whole,
)
from cnncli.locks import Lock, directory_lock
from cnncli.text import ForeignPath, printable

from .metrics_lines import add_line, cut_lines, last_line, read_lines

if TYPE_CHECKING:  # some load NumPy, which whoever only looks at runs needs not
    from cnncli.loggers.logger import Logs
    from cnncli.training.state import Progress

    from .checkpoint import Checkpoint

RUNS = ForeignPath("runs")
SET_RECORD = "set.json"
SWEEP_RECORD = "sweep.json"
"""What a folder of several runs has beside their directories, and a run's own has not."""


class RunDirectory:
    """Names the files and writes them. While it is locked, it is sure to be the run's own."""

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
        self.page = path / "report.html"
        self.logs: Logs | None = None
        """Who takes the lines of metrics.jsonl too."""
        self._lock: Lock | None = None

    @property
    def _files(self) -> tuple[Path, ...]:
        return (self.config, self.about, self.metrics, self.last, self.previous, self.best)

    @property
    def holds_a_run(self) -> bool:
        """Something of a run is there."""
        return any(map(os.path.exists, self._files))

    @property
    def has_begun_only(self) -> bool:
        """What it is about is there, and no checkpoint."""
        begun, saved = (self.about, self.config), (self.best, self.last, self.previous)
        return all(map(os.path.exists, begun)) and not any(map(os.path.exists, saved))

    @contextmanager
    def lock(self, *, is_new: bool = False, is_needed: bool = False) -> Iterator[None]:
        """Keeps others out, and clears away what a killed process left half-written.

        Whoever has locked it may lock it again. is_new: no run may be there yet; one may have
        begun, and ended, since that was last seen. is_needed: without locks nothing is done.
        Raises UsageError where one is, or another process is at work there, and WriteError where
        the directory cannot be written to.
        """
        if self._lock:
            yield
            return
        with directory_lock(self.path, is_needed=is_needed) as lock:
            if is_new:
                check_free(self.path)
            remove_parts(self.path, [f".{path.name}.part" for path in (*self._files, self.page)])
            for path in self._files:
                with reported(path):
                    plain_file(path)
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def has(self, path: Path) -> bool:
        """Whether one of its files is there."""
        return os.path.exists(path)

    def load(self, path: Path) -> Checkpoint:
        """One of its checkpoints; raises as `Checkpoint.load` does."""
        from .checkpoint import Checkpoint

        return Checkpoint.load(path)

    def check_begun(self, config: str) -> None:
        """Raises UsageError where files are in the way that may be anybody's, like config.yaml.

        A run begins with its run.json; once it began with its config.yaml, which is `config`.
        """
        if os.path.exists(self.about):
            return
        for path in filter(os.path.exists, self._files):
            with reported(path, "cannot be read"):
                is_own = path == self.config and path.read_bytes() == config.encode()
            if not is_own:
                raise UsageError(
                    f"{path}: is not of a run, as there is no {self.about.name} beside it; "
                    "give another --out"
                )

    def _check(self) -> None:
        """Raises WriteError where it is another run's by now."""
        if self._lock:
            self._lock.check()

    def describe(self, config: str, about: dict[str, Any], notify: Notify | None = None) -> None:
        """Writes run.json and config.yaml. Raises WriteError.

        notify: takes what the user must know of a directory that is shared with others.
        """
        self._check()
        write_whole(self.about, (json.dumps(about, indent=2) + "\n").encode(), notify=notify)
        write_whole(self.config, config.encode())

    def save(self, checkpoint: Checkpoint, *, is_best: bool = False) -> None:
        """The last checkpoint from now on; the one before is kept. Raises WriteError.

        The metrics of its steps are then as durable as it is.
        """
        self._check()
        sync(self.metrics)
        if is_best:
            checkpoint.save(self.best)
        checkpoint.save(self.last, self.previous)

    def amend(self, checkpoint: Checkpoint) -> None:
        """Takes the last checkpoint's place; it is of the same step. Raises WriteError."""
        self._check()
        checkpoint.save(self.last)

    def fall_back(self) -> None:
        """Lets the checkpoint before the last take its place. Raises WriteError."""
        with reported(self.last):
            rename(self.previous, self.last)

    def record(self, line: dict[str, Any]) -> None:
        """Appends a line to metrics.jsonl, and gives it to the loggers. Raises WriteError."""
        self._check()
        add_line(self.metrics, line)
        if self.logs:
            self.logs.write(line)

    def test_accuracy(self) -> float:
        """What a finished run has found, in the last line of its metrics; NaN: nothing is there."""
        with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
            return float(last_line(self.metrics)["test_accuracy"])
        return nan

    def lines(self) -> list[dict[str, Any]]:
        """Those of metrics.jsonl, without what an abrupt end left incomplete."""
        return read_lines(self.metrics)

    @property
    def where(self) -> str:
        """Where the last checkpoint is, in a sentence."""
        return f"in {self.last}" if self.stays else "in a directory that is removed now"

    def cut_metrics(self, progress: Progress) -> None:
        """Drops the lines of what is not done yet, and lets loggers begin with those that stay.

        A resumed run writes them again. Raises WriteError.
        """
        cut_lines(self.metrics, progress)
        if self.logs:
            self.logs.begin(read_lines(self.metrics))


def checkpoint_of(run: Path) -> Path:
    """Of a run's directory that of its best network, or else its last; other paths are one.

    Raises CheckpointError where the directory has none.
    """
    if not os.path.isdir(run):
        return run
    directory = RunDirectory(run)
    paths = (directory.best, directory.last, directory.previous)
    if path := next(filter(os.path.exists, paths), None):
        return path
    check_one(run)
    raise CheckpointError(f"{run}: there is no checkpoint in this directory")


def check_one(run: Path) -> None:
    """Raises CheckpointError where a folder of several runs is named instead of one of them."""
    if holds_runs(run):
        raise CheckpointError(f"{run}: holds several runs; name one of its directories")


def create(out: Path | None, name: str) -> RunDirectory:
    """A new run's directory: `out`, or the next free runs/NAME-N.

    Raises UsageError where `out` holds a run already, WriteError where it cannot be made.
    """
    try:
        if out is None:
            return RunDirectory(_next_free(name))
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(
            f"{printable(error.filename)}: could not be made: {error.strerror}"
        ) from None
    check_free(out)
    return RunDirectory(out)


def check_free(out: Path | None) -> None:
    """Raises UsageError where `out` holds a run already, or several."""
    if out is None:
        return
    held = "several runs" if holds_runs(out) else "a run"
    if holds_runs(out) or RunDirectory(out).holds_a_run:
        again = "`cnn sweep`" if os.path.exists(out / SWEEP_RECORD) else "--resume"
        raise UsageError(
            f"{out} holds {held} already; {again} continues it, another --out starts anew"
        )


def holds_runs(folder: Path) -> bool:
    """Whether it is one of several runs: those of several seeds, of folds, or of a sweep."""
    return any(os.path.exists(folder / name) for name in (SET_RECORD, SWEEP_RECORD))


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
    """The run to resume: `out`, or the newest of that name; None where there is none yet.

    Raises UsageError where `out` is a folder of several runs.
    """
    if out and holds_runs(out):
        is_set = os.path.exists(out / SET_RECORD)
        options = "their --seeds or --folds too, or " if is_set else ""
        raise UsageError(f"{out} holds several runs; give {options}the --out of one")
    folders = [out] if out else [path for path in named(name) if not holds_runs(path)]
    found = [RunDirectory(path) for path in folders if os.path.isdir(path)]
    begun = [directory for directory in found if directory.holds_a_run]
    return next(iter(begun + found), None)


def named(name: str) -> list[Path]:
    """All runs/NAME-N, the newest first."""
    return [RUNS / f"{name}-{number}" for number in sorted(_numbers(name), reverse=True)]


def _numbers(name: str) -> list[int]:
    pattern = re.compile(re.escape(name) + r"-(\d+)")
    found = (pattern.fullmatch(path.name) for path in RUNS.glob("*"))
    return [int(match[1]) for match in found if match]
