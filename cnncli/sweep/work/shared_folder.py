"""The folder of a sweep, which all workers see: what the sweep is, and a directory a trial."""

import json
import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Annotated, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from cnncli.bounds import MAX_THREADS
from cnncli.config.load import block_files
from cnncli.config.source_text.source import read_source
from cnncli.errors import CheckpointError, UsageError, WriteError
from cnncli.files import reported, write_whole
from cnncli.locks import file_lock
from cnncli.sweep.sweep_spec import SweepSpec
from cnncli.text import ForeignPath, printable, short
from cnncli.training.state import Finite
from cnncli.training.storage.checkpoint import first_problem
from cnncli.training.storage.directory import SWEEP_RECORD
from cnncli.version import __version__

from .lock_proof import prove_exclusion
from .trial_result import TrialResult, read_json, read_result

Texts: TypeAlias = Iterable[tuple[Path, str]]
"""Of a sweep's file, its base, and that one's files of blocks: where each is, and what it holds."""

_TRIAL = re.compile(r"trial-(\d{5,9})")
_BESIDE = re.compile(r"\.cnn-[0-9a-f]{16}\.part|blocks-\d{1,3}\.yaml")
"""What may stand in the folder of a sweep that a worker was killed in beginning."""


@dataclass(frozen=True)
class About:
    """What is decided by the worker that begins a sweep."""

    began: Annotated[Finite, Field(ge=0)]
    """Seconds since 1970; a budget in hours counts from there."""
    threads: Annotated[int, Field(ge=1, le=MAX_THREADS)]
    """Of each trial, on whatever machine."""
    cnncli: str


_ABOUT = TypeAdapter(About)


class SharedFolder:
    """Names the files of a sweep."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.about = path / SWEEP_RECORD
        self.sweep = path / "sweep.yaml"
        self.base = path / "base.yaml"
        self.best = path / "best.yaml"
        self._lock = path / ".lock"
        self._over: dict[int, TrialResult] = {}

    @property
    def _copies(self) -> Iterator[Path]:
        """What the texts are kept in, in their order; there is no end to files of blocks."""
        yield from (self.sweep, self.base)
        yield from (self.path / f"blocks-{number}.yaml" for number in count(1))

    def trial(self, number: int) -> Path:
        """The directory of its run."""
        return self.path / f"trial-{number:05d}"

    def begin(self, texts: Texts, threads: int) -> About:
        """Begins the sweep, or joins the one that has begun. Of several workers one begins it.

        threads: of each trial, if it is this one that begins. Raises UsageError where the folder is
        another's, and WriteError where it cannot be written to, or its locks do not exclude.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            named = printable(error.filename)
            raise WriteError(f"{named}: could not be made: {error.strerror}") from None
        self._check_own()
        with self.lock():
            prove_exclusion(self._lock)
            if about := self.read_about():
                if about.cnncli != __version__:
                    raise UsageError(
                        f"{self.path}: its sweep began with cnn {printable(about.cnncli)}, and "
                        f"this is {__version__}; use that version, or give another --out"
                    )
                self.check(texts)
                return about
            self._check_own()
            about = About(time.time(), threads, __version__)
            for path, (_, text) in zip(self._copies, texts, strict=False):
                write_whole(path, text.encode())
            write_whole(self.about, (json.dumps(asdict(about), indent=2) + "\n").encode())
            return about

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keeps other workers out of what belongs to no trial. Raises WriteError."""
        with reported(self._lock), file_lock(self._lock, lambda _: None, is_needed=True):
            yield

    def _check_own(self) -> None:
        """Raises UsageError where a sweep is to begin among other files."""
        own = {path.name for path in (self.sweep, self.base, self._lock)}
        with reported(self.path, "cannot be read"):
            names = sorted(os.listdir(self.path))
        if self.about.name in names:
            return
        if others := [n for n in names if n not in own and not _BESIDE.fullmatch(n)]:
            raise UsageError(
                f"{self.path}: holds {printable(others[0])}, and no sweep; give another --out, "
                "for a folder that is empty or not there yet"
            )

    def read_about(self) -> About | None:
        """What the worker that began has decided; None: none has. Raises CheckpointError."""
        remedy = "start the sweep in another --out"
        content = read_json(self.about, remedy)
        if content is None:
            return None
        try:
            return _ABOUT.validate_json(content, strict=True)
        except ValidationError as error:
            reason = first_problem(error)
            raise CheckpointError(f"{self.about}: is damaged: {reason}; {remedy}") from None

    def check(self, texts: Texts) -> None:
        """Raises UsageError where the sweep in the folder is not that of these files."""
        for path, (file, text) in zip(self._copies, texts, strict=False):
            content = read_json(path, "start the sweep in another --out") or b""
            begun = content.decode(errors="replace")
            if begun != text:
                raise UsageError(
                    f"{self.path}: its sweep began with another {file}: {_difference(begun, text)};"
                    f" change it back ({path} holds it as it was), or give another --out"
                )

    def results(self) -> dict[int, TrialResult]:
        """What came of the trials so far, by their numbers. Raises as `read_result` does.

        What is over is read once.
        """
        with reported(self.path, "cannot be read"), os.scandir(self.path) as entries:
            found = [int(match[1]) for e in entries if (match := _TRIAL.fullmatch(e.name))]
        results = {}
        for number in sorted(found):
            if result := self._over.get(number) or read_result(self.trial(number)):
                results[number] = result
                if result.is_over:
                    self._over[number] = result
        return results


def texts_of(spec: SweepSpec, file_text: str) -> Texts:
    """Those of a sweep whose own file holds that; the others are read one by one, as asked for.

    Raises UsageError and ConfigError where one cannot be read.
    """
    yield spec.file, file_text
    yield spec.base, read_source(spec.base).text
    yield from ((ForeignPath(name), text) for name, text in block_files(spec.base).items())


def _difference(old: str, new: str) -> str:
    """The first line that differs."""
    was, now = old.split("\n"), new.split("\n")
    pairs = enumerate(zip(was, now, strict=False), 1)
    most = min(len(was), len(now))
    number = next((i for i, (a, b) in pairs if a != b), most + 1)
    a, b = ("\n".join(lines[number - 1 : number]).strip() for lines in (was, now))
    shown = [printable(repr(short(line))) if line else "nothing" for line in (a, b)]
    return f"line {number} was {shown[0]}, and is {shown[1]}"
