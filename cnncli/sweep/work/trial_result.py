"""What is known of a trial, in two files of its directory: what came of it, and who is at it."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

from cnncli.bounds import MAX_BYTES
from cnncli.errors import CheckpointError, WriteError
from cnncli.files import plain_file, reported, write_whole
from cnncli.training.state import Count, Finite, NotNegative
from cnncli.training.storage.checkpoint import first_problem

RESULT = "trial.json"
WORKER = "worker.json"
State = Literal["begun", "paused", "finished", "diverged", "failed"]
T = TypeVar("T")


@dataclass(frozen=True)
class Rung:
    """What a trial had come to after so many epochs: its best objective so far, and when."""

    epochs: Count
    objective: Finite
    best_epoch: Count


@dataclass(frozen=True)
class TrialResult:
    """What came of a trial so far; its directory holds it from its beginning on."""

    values: Mapping[str, Any]
    """By dotted keys."""
    state: State = "begun"
    """`paused` at the end of a rung of successive halving."""
    rungs: tuple[Rung, ...] = ()
    """One for each time that it paused, and one for its end if that is sound."""
    epochs: Count = 0
    seconds: NotNegative = 0.0
    """Of its training steps."""
    message: str = ""
    """Why it diverged or failed."""
    made_with: tuple[str, ...] = ()
    """BLAS with the type of processor, and NumPy, of each kind of machine that computed it."""

    @property
    def is_over(self) -> bool:
        """It does not go on."""
        return self.state in ("finished", "diverged", "failed")

    @property
    def is_sound(self) -> bool:
        """It has neither diverged nor failed."""
        return self.state not in ("diverged", "failed")

    @property
    def rung(self) -> Rung | None:
        """Its last, unless it has diverged or failed."""
        return self.rungs[-1] if self.rungs and self.is_sound else None

    def has_reached(self, rung: int) -> bool:
        """Whether nothing is left to do of the rung, from 0, of that number."""
        return self.is_over or len(self.rungs) > rung

    def at(self, rung: int) -> Rung | None:
        """What it had come to then; None: it had diverged or failed."""
        if len(self.rungs) > rung:
            return self.rungs[rung]
        return self.rung if self.state == "finished" else None


@dataclass(frozen=True)
class Worker:
    """The process that has taken a trial, and when: seconds since 1970."""

    host: str
    pid: Count
    since: Annotated[Finite, Field(ge=0, lt=inf)]

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"

    @classmethod
    def here(cls, now: float) -> "Worker":
        """This process."""
        return cls(socket.gethostname(), os.getpid(), now)


_RESULT = TypeAdapter(TrialResult)
_WORKER = TypeAdapter(Worker)


def read_result(trial: Path) -> TrialResult | None:
    """What came of the trial in that directory; None: nothing yet.

    Raises CheckpointError where the file is damaged, WriteError where it is none.
    """
    path = trial / RESULT
    return _read(path, _RESULT, f"move {RESULT} away, and the trial's run is looked at anew")


def write_result(trial: Path, result: TrialResult) -> None:
    """Makes it durable. Raises WriteError."""
    _write(trial / RESULT, asdict(result))


def read_worker(trial: Path) -> Worker | None:
    """Who took the trial last; raises as `read_result` does."""
    return _read(trial / WORKER, _WORKER, "remove it")


def write_worker(trial: Path, worker: Worker) -> None:
    """Says who has taken the trial. Raises WriteError."""
    _write(trial / WORKER, asdict(worker))


def _write(path: Path, values: dict[str, Any]) -> None:
    write_whole(path, (json.dumps(values, indent=2) + "\n").encode())


def read_json(path: Path, remedy: str) -> bytes | None:
    """What a small file of a sweep holds; None where there is none. Raises as `read_result`."""
    with reported(path, "cannot be read"):
        try:
            if plain_file(path) is None:
                return None
            with open(path, "rb") as file:
                content = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            return None
        except NotADirectoryError:
            message = "is not a folder; move it away, or give another --out"
            raise WriteError(f"{path.parent}: {message}") from None
    if len(content) > MAX_BYTES:
        raise CheckpointError(f"{path}: is larger than 1 MiB; {remedy}")
    return content


def _read(path: Path, schema: TypeAdapter[T], remedy: str) -> T | None:
    content = read_json(path, remedy)
    if content is None:
        return None
    try:
        return schema.validate_json(content, strict=True)
    except ValidationError as error:
        raise CheckpointError(f"{path}: is damaged: {first_problem(error)}; {remedy}") from None
