"""The one form in which a problem of a data set is reported."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cnncli.bounds import MAX_LISTED, MAX_SHOWN_FOUND
from cnncli.errors import DataError, UsageError
from cnncli.problems import ConfigError, Place, Problem
from cnncli.text import count, join_words, printable, short

Notify = Callable[[str], None]
"""Takes what the user must know, while the work goes on."""


TEST_SHARE = 5
"""One of so many images is to test on, where a set has no part for it."""


class MissingError(DataError):
    """The set is not there, and could not be fetched: a stand-in may take its place."""


def problem(file: str | Path, expected: str, found: str, remedy: str) -> DataError:
    """One line: the file, what it should hold, what it holds, and what to do about it."""
    return DataError(printable(f"{file}: expected {expected}, found {beginning(found)}; {remedy}"))


def beginning(found: str) -> str:
    """What a file holds or a server answers, printable, and of a long text its beginning."""
    return short(printable(" ".join(found.split())), MAX_SHOWN_FOUND + 4)


def absent(file: str | Path, remedy: str) -> MissingError:
    """The same for a file of a set that is not there."""
    return MissingError(str(problem(file, "a file", "none", remedy)))


def unreadable(file: str | Path, error: OSError) -> DataError:
    """The operating system's reason why a file that is there cannot be read."""
    reason = error.strerror or str(error)
    message = f"{file}: cannot be read: {reason}; check the path and its permissions"
    return DataError(printable(message))


def from_environment(variable: str) -> str | None:
    """A name that the environment gives. Raises UsageError for an empty one."""
    found = os.environ.get(variable)
    if found == "":
        raise UsageError(f"${variable} is empty; unset it, or let it name something")
    return found


def damaged_files(root: str | Path, messages: Sequence[str]) -> DataError:
    """All files that cannot be read, with a line for each of the first."""
    files = count(len(messages), "file")
    remedy = "replace or remove them, or leave them out with data.damaged: skip"
    lines = [printable(f"{root}: {files} cannot be read; {remedy}"), *messages[:MAX_LISTED]]
    if len(messages) > MAX_LISTED:
        lines.append(f"and {len(messages) - MAX_LISTED:,} more")
    return DataError("\n".join(lines))


def too_few_to_test(place: str | Path, sizes: Mapping[str, int], unit: str) -> DataError:
    """No class, of which the sizes are given, has an image to test on beside one to train on.

    unit: what is counted, images or groups.
    """
    found = join_words([f"{name} ({count(n, unit)})" for name, n in sizes.items()])
    remedy = "add some, or a part to test on"
    remedy += ", or leave out data.group" if unit == "group" else ""
    return problem(place, f"2 {unit}s or more in a class", found, remedy)


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
