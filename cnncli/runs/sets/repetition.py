"""Runs that differ in their seed alone, or in the fold that validates: a folder, and its record."""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import Field, TypeAdapter

from cnncli.bounds import MAX_SET_RUNS
from cnncli.config.specification import Override, Specification
from cnncli.errors import UsageError
from cnncli.files import reported, write_whole
from cnncli.locks import directory_lock
from cnncli.schema.number_types import Seed
from cnncli.text import count
from cnncli.training.storage.directory import (
    SET_RECORD,
    RunDirectory,
    check_free,
    create,
    holds_runs,
    named,
)
from cnncli.training.storage.earlier_overrides import Overrides, read_record, record_overrides


class Member(NamedTuple):
    """One of the runs: what its directory is called, and what is set for it alone."""

    name: str
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Repetition:
    """Which runs there are: one for each seed, or for each of so many folds."""

    seeds: Annotated[tuple[Seed, ...], Field(max_length=MAX_SET_RUNS)] = ()
    folds: Annotated[int, Field(ge=2, le=MAX_SET_RUNS)] | None = None

    @property
    def members(self) -> tuple[Member, ...]:
        """The runs, in order."""
        if self.folds is None:
            return tuple(Member(f"seed-{seed}", (f"train.seed={seed}",)) for seed in self.seeds)
        return tuple(
            Member(f"fold-{number}", ("data.validation=0", f"data.fold={number}/{self.folds}"))
            for number in range(1, self.folds + 1)
        )

    @property
    def option(self) -> str:
        """Of the command line."""
        return "--seeds" if self.folds is None else "--folds"

    def __str__(self) -> str:
        """`5 seeds`, `5 folds`."""
        return count(len(self.members), "seed" if self.folds is None else "fold")

    def together(self, other: "Repetition") -> "Repetition":
        """The runs of both, which are of one kind."""
        return Repetition(tuple(sorted({*self.seeds, *other.seeds})), self.folds)


@dataclass(frozen=True)
class _Record(Overrides):
    """What is read of the record."""

    runs: Repetition = field(default_factory=Repetition)


_RECORD = TypeAdapter(_Record)
_REMEDY = "start anew with another --out"


class RunSet(NamedTuple):
    """The folder of several runs, and what its record says."""

    path: Path
    runs: Repetition
    overrides: Sequence[Override] = ()
    """What its commands have set so far, for all runs alike."""

    def directory(self, member: Member) -> Path:
        """Of one of the runs."""
        return self.path / member.name

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps others out; who had it takes the folder away at the end if nothing else is in it.

        Raises UsageError where another process is at work there, WriteError where it cannot be
        written to.
        """
        with directory_lock(self.path):
            try:
                yield
            finally:
                with suppress(OSError):
                    if {*os.listdir(self.path)} <= {SET_RECORD, ".lock"}:
                        for name in os.listdir(self.path):
                            os.unlink(self.path / name)
                        os.rmdir(self.path)

    def others(self) -> list[str]:
        """The runs whose configuration is another than the first one's, but for what they are of.

        Raises WriteError where one cannot be read.
        """
        first, *others = (_config(self.directory(member)) for member in self.runs.members)
        return [
            member.name
            for member, config in zip(self.runs.members[1:], others, strict=True)
            if config != first
        ]

    def record(self, spec: Specification, result: dict[str, Any] | None = None) -> None:
        """Writes what the runs are, what holds for all of them, and what came of them.

        spec: of one of the runs. Raises WriteError.
        """
        own = {text.partition("=")[0] for text in self.runs.members[0].overrides}
        kept = [each for each in record_overrides(spec) if each["set"].partition("=")[0] not in own]
        runs = {"seeds": self.runs.seeds, "folds": self.runs.folds}
        about = {"command": sys.argv, "runs": runs, "overrides": kept, "result": result}
        write_whole(self.path / SET_RECORD, (json.dumps(about, indent=2) + "\n").encode())


def _config(run: Path) -> str:
    """The configuration as a run records it, without its seed and fold."""
    path = RunDirectory(run).config
    with reported(path, "cannot be read"):
        return re.sub(r"^ +(seed|fold): .*\n", "", path.read_text(), flags=re.MULTILINE)


def begin(out: Path | None, name: str, runs: Repetition) -> RunSet:
    """A new folder: `out`, or the next free runs/NAME-N.

    Raises UsageError where `out` holds runs already, WriteError where it cannot be made.
    """
    check_free(out)
    return RunSet(create(out, name).path, runs)


def find_set(out: Path | None, name: str, runs: Repetition) -> RunSet | None:
    """The set to resume: `out`, or the newest of that name and kind; None where there is none yet.

    It then has the runs of both. Raises UsageError where `out` is of another kind or holds a run,
    CheckpointError where a record is damaged.
    """
    for path in [out] if out else named(name):
        if not holds_runs(path):
            continue
        record = read_record(path / SET_RECORD, _RECORD, _REMEDY)
        if record and record.runs.folds == runs.folds:
            return RunSet(path, record.runs.together(runs), record.of(path / SET_RECORD))
        if out and record:
            raise UsageError(
                f"{out} holds {record.runs}, not {runs}; give {record.runs.option} as before, or "
                "another --out"
            )
    if out and RunDirectory(out).holds_a_run:
        raise UsageError(
            f"{out} holds one run; resume it without {runs.option}, or give another --out"
        )
    return None
