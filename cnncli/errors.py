"""Errors for the person who reads them: each kind of failure has a type and an exit status."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True)
class Place:
    """Where a value was written: a file with line and column (from 1), or an override's text."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.file, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)


@dataclass(frozen=True)
class Problem:
    """One fault of a configuration: its place, its path (`train.optimizer.lr`) and what to do.

    The message's first line says what is wrong, with the values; further lines hold the
    arithmetic and the remedies.
    """

    place: Place
    path: str
    message: str
    severity: Literal["error", "warning"] = "error"
    layer: str | None = None

    def __str__(self) -> str:
        lines = f"{self.place}: {self.path}: {self.message}" if self.path else ""
        text = lines or f"{self.place}: {self.message}"
        return text.replace("\n", "\n  ")


class CnncliError(Exception):
    """A failure that the user can understand and mend; shown as its message alone."""

    exit_status: ClassVar[int] = 70


class TargetMissed(CnncliError):
    """The work was done, and its result is below what was asked for."""

    exit_status = 1


class UsageError(CnncliError):
    """The command was called in a way that it cannot follow."""

    exit_status = 2


class ConfigError(CnncliError):
    """A configuration has faults; all of them are here."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class DataError(CnncliError):
    """A data set is missing, damaged or not what its name promises."""

    exit_status = 3


class CheckpointError(CnncliError):
    """A checkpoint is missing, damaged or belongs to another network."""

    exit_status = 4


class DivergedError(CnncliError):
    """Training produced NaN or infinity."""

    exit_status = 5


class WriteError(CnncliError):
    """A file could not be written: no space, no permission, no directory."""

    exit_status = 6


class Interrupted(CnncliError):
    """A signal ended the run after its state was saved; exit status 128 + the signal's number."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_status = 128 + signal_number  # type: ignore[misc]
