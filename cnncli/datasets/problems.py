"""The one form in which a problem of a data set is reported."""

from collections.abc import Callable, Sequence
from pathlib import Path

from cnncli.bounds import MAX_LISTED, MAX_SHOWN_FOUND
from cnncli.errors import DataError
from cnncli.problems import ConfigError, Place, Problem
from cnncli.text import count, printable

Notify = Callable[[str], None]
"""Takes what the user must know, while the work goes on."""


class MissingError(DataError):
    """The set is not there, and could not be fetched: a stand-in may take its place."""


def problem(file: str | Path, expected: str, found: str, remedy: str) -> DataError:
    """One line: the file, what it should hold, what it holds, and what to do about it."""
    return DataError(printable(f"{file}: expected {expected}, found {shown(found)}; {remedy}"))


def shown(found: str) -> str:
    """On one line of reasonable length, without what a terminal would obey."""
    text = printable(" ".join(found.split()))
    return text if len(text) <= MAX_SHOWN_FOUND else f"{text[:MAX_SHOWN_FOUND]} ..."


def absent(file: str | Path, remedy: str) -> MissingError:
    """The same for a file of a set that is not there."""
    return MissingError(str(problem(file, "a file", "none", remedy)))


def unreadable(file: str | Path, error: OSError) -> DataError:
    """The operating system's reason why a file that is there cannot be read."""
    reason = error.strerror or str(error)
    message = f"{file}: cannot be read: {reason}; check the path and its permissions"
    return DataError(printable(message))


def damaged_files(root: str | Path, messages: Sequence[str]) -> DataError:
    """All files that cannot be read, with a line for each of the first."""
    files = count(len(messages), "file")
    remedy = "replace or remove them, or leave them out with data.damaged: skip"
    lines = [printable(f"{root}: {files} cannot be read; {remedy}"), *messages[:MAX_LISTED]]
    if len(messages) > MAX_LISTED:
        lines.append(f"and {len(messages) - MAX_LISTED:,} more")
    return DataError("\n".join(lines))


def in_utf8(path: Path, name: str) -> None:
    """Checks a name that goes into checkpoints and reports. Raises DataError if it is not text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        escaped = name.encode(errors="backslashreplace").decode()
        raise problem(path, "a name in UTF-8", escaped, "rename the folder") from None


def section_problem(field: str, message: str) -> ConfigError:
    """A value of the `data:` section that does not fit the set; the caller knows its place."""
    return ConfigError([Problem(Place("configuration"), f"data.{field}", message)])
