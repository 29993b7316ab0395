"""Errors for the person who reads them: each kind of failure has a type and an exit status."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, NamedTuple

from cnncli.bounds import MAX_LINE, MAX_SOURCE_LINE, MAX_TOLD


def printable(text: str) -> str:
    """The text with `?` in the place of all that is not shown, but that a terminal may obey."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


@dataclass(frozen=True)
class Place:
    """Where a value was written: a file with line and column (from 1), or an override's text."""

    file: str
    line: int | None = None
    column: int | None = None
    text: str = field(default="", compare=False, repr=False)
    """The whole line, to be shown with a caret under the column."""

    def __str__(self) -> str:
        parts = [self.file, self.line, self.column]
        return ":".join(str(part) for part in parts if part is not None)

    @property
    def excerpt(self) -> str:
        """The line, and below it a caret under the column; empty where the line is not known."""
        if not self.text.strip() or self.column is None:
            return ""
        line, at = self.text.rstrip(), self.column - 1
        if len(line) > MAX_SOURCE_LINE:
            first = max(0, min(at - MAX_SOURCE_LINE // 2, len(line) - MAX_SOURCE_LINE))
            line, at = line[first : first + MAX_SOURCE_LINE], at - first
        before = "".join(c if c == "\t" else " " for c in line[:at])
        return f"{line}\n{before}^"


class Edit(NamedTuple):
    """A hyperparameter to write into a layer's text: where the layer stands, and the value.

    path: of the layer in the file's tree; offset: of its name in that value, if it is a pattern.
    """

    path: tuple[str | int, ...]
    offset: int | None
    field: str
    value: Any


@dataclass(frozen=True)
class Fix:
    """A change that removes a fault: in words, and what its layer gives then."""

    change: str
    output: str
    note: str = ""
    edit: Edit | None = None
    """None where the value does not stand in the file."""

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        return f"{self.change} -> {self.output}{note}"


@dataclass(frozen=True)
class Problem:
    """One fault of a configuration: its place, its path (`train.optimizer.lr`) and what to do.

    The message's first line says what is wrong, with the values; further lines hold the
    arithmetic and the remedies. Fixes are checked changes, the smallest first.
    """

    place: Place
    path: str
    message: str
    severity: Literal["error", "warning"] = "error"
    layer: str | None = None
    fixes: tuple[Fix, ...] = ()

    def __str__(self) -> str:
        return self._text(self.message)

    def _text(self, message: str) -> str:
        lines = f"{self.place}: {self.path}: {message}" if self.path else ""
        return (lines or f"{self.place}: {message}").replace("\n", "\n  ")

    def shown(self, first: int = 1) -> str:
        """With the line in the file, and the fixes numbered from `first`."""
        head, *rest = self.message.split("\n")
        excerpt = self.place.excerpt.split("\n") if self.place.excerpt else []
        quoted = [f"| {line}" for line in excerpt]
        return self._text("\n".join((head, *quoted, *rest, *self._listed(first))))

    def advice(self, first: int = 1) -> str:
        """The message and the fixes, for formats that show the place by themselves."""
        message = "\n".join((self.message, *self._listed(first)))
        return f"{self.path}: {message}" if self.path else message

    def _listed(self, first: int) -> list[str]:
        fixes = [f"[{first + i}] {fix}" for i, fix in enumerate(self.fixes)]
        return ["This fits:" if len(fixes) == 1 else "These fit:", *fixes] if fixes else []


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
        super().__init__("\n".join(str(problem) for problem, _ in numbered(problems)))
        self.problems = tuple(problems)

    def shown(self) -> str:
        """Every problem with its line in the file and its fixes."""
        return shown(self.problems)


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


class WorkerLost(CnncliError):
    """A process that computed a part of the batch was ended from outside."""

    def __init__(self) -> None:
        super().__init__(
            "a process that computed a part of the batch was killed, which is what the system does "
            "when memory runs out.\nA smaller train.batch_size takes less memory, and so do fewer "
            "train.threads."
        )


class Interrupted(CnncliError):
    """A signal ended the run after its state was saved; exit status 128 + the signal's number."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_status = 128 + signal_number  # type: ignore[misc]


def shown(problems: Sequence[Problem]) -> str:
    """Problems as a person reads them: with lines of the file, and fixes numbered throughout."""
    return "\n".join(
        ("warning: " if problem.severity == "warning" else "") + problem.shown(first)
        for problem, first in numbered(problems)
    )


def numbered(problems: Sequence[Problem]) -> Iterator[tuple[Problem, int]]:
    """Each problem that is told with the number of its first fix, counted through the file.

    Long lines are cut. Of too many problems, errors are told first, and in the end that there are
    more.
    """
    if len(problems) > MAX_TOLD:
        problems = sorted(problems, key=lambda problem: problem.severity != "error")
    first = 1
    for problem in problems[:MAX_TOLD]:
        yield replace(problem, path=cut(problem.path), message=cut(problem.message)), first
        first += len(problem.fixes)
    for problem in problems[MAX_TOLD : MAX_TOLD + 1]:
        yield (
            Problem(problem.place, "", f"more than {MAX_TOLD:,} faults; these are the first"),
            first,
        )


def cut(text: str) -> str:
    """A text for a person to read, without the ends of lines that are too long."""
    if len(text) <= MAX_LINE:
        return text
    lines = text.split("\n")
    return "\n".join(line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} ..." for line in lines)
