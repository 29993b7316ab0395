"""Problems of a configuration, each with its place and what to do, and each reported only once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple, NoReturn, TypeAlias

from cnncli.bounds import MAX_LINE, MAX_SHOWN_VALUE, MAX_SOURCE_LINE, MAX_TOLD

from .errors import CnncliError
from .text import printable, show

Path: TypeAlias = tuple[str | int, ...]
"""Where a value stands in the file's tree: keys of mappings and indices of lists."""


@dataclass(frozen=True)
class Place:
    """Where a value was written: a file with line and column (from 1), or an override's text."""

    file: str
    line: int | None = None
    column: int | None = None
    text: str = field(default="", compare=False, repr=False)
    """The whole line, to be shown with a caret under the column."""

    def __str__(self) -> str:
        parts = [printable(self.file), self.line, self.column]
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


def nearest(places: Mapping[Path, Place], path: Path) -> Place | None:
    """Where the value at the path stands, or else the closest one around it that has a place."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path)


class Edit(NamedTuple):
    """A hyperparameter to write into a layer's text: where the layer stands, and the value.

    path: of the layer in the file's tree; offset: of its name in that value, if it is a pattern;
    file: the name of the file of blocks that it is in, empty for the configuration's own. what: if
    no hyperparameter, what the value is: of `from`, the layers that are read; the name of another
    family; a layer, as in a pattern, that is put in front of this one. also: edits of other layers
    without which it would be wrong.
    """

    path: tuple[str | int, ...]
    offset: int | None
    field: str
    value: Any
    file: str = ""
    what: Literal["value", "from", "family", "before"] = "value"
    also: "tuple[Edit, ...]" = ()


@dataclass(frozen=True)
class Fix:
    """A change that removes a problem: in words, and what its layer gives then.

    output: empty where that is not known.
    """

    change: str
    output: str
    note: str = ""
    edit: Edit | None = None
    """None where the value does not stand in the file."""

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        output = f" -> {self.output}" if self.output else ""
        return f"{self.change}{output}{note}"


@dataclass(frozen=True)
class Problem:
    """One problem of a configuration: its place, its path (`train.optimizer.lr`) and what to do.

    The message's first line says what is wrong, with the values; further lines hold the
    arithmetic and the remedies. Fixes are checked changes, the likeliest first.
    """

    place: Place
    path: str
    message: str
    severity: Literal["error", "warning"] = "error"
    layer: str | None = None
    fixes: tuple[Fix, ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether nothing can be done with the configuration."""
        return self.severity == "error"

    def __str__(self) -> str:
        return self._text(self.message)

    def _text(self, message: str) -> str:
        lines = f"{self.place}: {self.path}: {message}" if self.path else ""
        return (lines or f"{self.place}: {message}").replace("\n", "\n  ")

    def full_text(self, first: int = 1) -> str:
        """With the line in the file, and the fixes numbered from `first`."""
        head, *rest = self.message.split("\n")
        excerpt = self.place.excerpt.split("\n") if self.place.excerpt else []
        quoted = [f"| {line}" for line in excerpt]
        return self._text("\n".join((head, *quoted, *rest, *self._fix_lines(first))))

    def advice(self, first: int = 1) -> str:
        """The message and the fixes, for formats that show the place by themselves."""
        message = "\n".join((self.message, *self._fix_lines(first)))
        return f"{self.path}: {message}" if self.path else message

    def _fix_lines(self, first: int) -> list[str]:
        fixes = [f"[{first + i}] {fix}" for i, fix in enumerate(self.fixes)]
        if fixes and not self.fixes[0].output:
            return ["This is meant:", *fixes]
        return ["This fits:" if len(fixes) == 1 else "These fit:", *fixes] if fixes else []


class ConfigError(CnncliError):
    """A configuration has problems; all of them are here."""

    exit_status = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem, _ in number_fixes(problems)))
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[type["ConfigError"], tuple[Sequence[Problem]]]:
        """So that it can be sent to another process."""
        return type(self), (self.problems,)

    def full_text(self) -> str:
        """Every problem with its line in the file and its fixes."""
        return show_problems(self.problems)


class TooLittleMemory(ConfigError):
    """This machine has too little for what the configuration asks for; another may have enough."""


def check_problems(problems: Iterable[Problem]) -> None:
    """Raises ConfigError with every error among them."""
    if errors := [problem for problem in problems if problem.is_error]:
        raise ConfigError(errors)


def show_problems(problems: Sequence[Problem]) -> str:
    """Problems as a person reads them: with lines of the file, and fixes numbered throughout."""
    return "\n".join(show_problem(problem, first) for problem, first in number_fixes(problems))


def show_problem(problem: Problem, first: int) -> str:
    """One of them; first: the number of its first fix."""
    return f"{'' if problem.is_error else 'warning: '}{problem.full_text(first)}"


def number_fixes(problems: Sequence[Problem]) -> Iterator[tuple[Problem, int]]:
    """Each problem that is reported with the number of its first fix, counted through the file.

    Long lines are cut. Of too many problems, errors come first, then a note that there are more.
    """
    if len(problems) > MAX_TOLD:
        problems = sorted(problems, key=lambda problem: not problem.is_error)
    first = 1
    for problem in problems[:MAX_TOLD]:
        path, message = cut_lines(problem.path), cut_lines(problem.message)
        yield replace(problem, path=path, message=message), first
        first += len(problem.fixes)
    for problem in problems[MAX_TOLD : MAX_TOLD + 1]:
        yield (
            Problem(problem.place, "", f"more than {MAX_TOLD:,} problems; these are the first"),
            first,
        )


def cut_lines(text: str) -> str:
    """A text for a person to read, without the ends of lines that are too long."""
    lines = text.split("\n")
    if all(len(line) <= MAX_LINE for line in lines):
        return text
    return "\n".join(line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]} ..." for line in lines)


def write_path(path: Path) -> str:
    """`("architecture", 1, "conv")` as `architecture[1].conv`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{_key(part)}" for part in path)
    return "".join(parts).removeprefix(".")


def _key(text: str) -> str:
    return text if text.isprintable() and len(text) <= MAX_SHOWN_VALUE else show(text)


def sort_problems(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """In the order of the file; what a repeated group gives again at its place only once.

    Those of several files stand together, the file first in which one was found first.
    """
    distinct: dict[tuple[Place, str], Problem] = {}
    for problem in problems:
        distinct.setdefault((problem.place, problem.message), problem)
    named = dict.fromkeys(place.file for place, _ in distinct if place.line)
    files = {file: number for number, file in enumerate(named, 1)}

    def key(problem: Problem) -> tuple[int, int, int]:
        place = problem.place
        return files[place.file] if place.line else 0, place.line or 0, place.column or 0

    return tuple(sorted(distinct.values(), key=key))


class Problems:
    """The problems found so far, in the order of their discovery."""

    def __init__(self) -> None:
        self._found: dict[tuple[Place, str], Problem] = {}

    def __len__(self) -> int:
        return len(self._found)

    def add(
        self,
        place: Place,
        path: Path | str,
        message: str,
        layer: str | None = None,
        severity: Literal["error", "warning"] = "error",
        fixes: tuple[Fix, ...] = (),
    ) -> None:
        """Notes a problem; one that a repeated group gives again at its place is dropped.

        Raises ConfigError with all of them where there are more than are reported.
        """
        text = path if isinstance(path, str) else write_path(path)
        problem = Problem(place, text, message, severity, layer, fixes)
        self._found.setdefault((place, message), problem)
        if len(self._found) > MAX_TOLD:
            raise ConfigError(self.in_order())

    def end(self, place: Place, path: Path | str, message: str) -> NoReturn:
        """Raises ConfigError with all errors, of which this one makes it impossible to go on."""
        self.add(place, path, message)
        raise ConfigError([found for found in self.in_order() if found.is_error])

    def in_order(self) -> tuple[Problem, ...]:
        """Every problem, in the order of the file."""
        return sort_problems(self._found.values())
