"""A table as text: its columns, and its rows, read one by one within bounds."""

from __future__ import annotations

import csv
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from cnncli.bounds import MAX_TABLE_BYTES, MAX_TABLE_LINE
from cnncli.datasets.problems import problem, unreadable
from cnncli.errors import DataError
from cnncli.text import join_words

_DELIMITERS = ",;\t"
_REMEDY = "write it as CSV in UTF-8, with a line of columns first"


class Row(NamedTuple):
    """A row's values, and the line where it ends."""

    line: int
    values: list[str]


class Table:
    """An open table. Going through its rows raises DataError for one that is not like the first."""

    def __init__(self, path: Path, columns: Sequence[str], rows: Iterator[Row]) -> None:
        self.path, self.columns, self._rows = path, columns, rows

    def __iter__(self) -> Iterator[Row]:
        for row in self._rows:
            if len(row.values) != len(self.columns):
                expected = f"{len(self.columns):,} values, as there are columns"
                raise self.problem(row, expected, f"{len(row.values):,}", "mend the line")
            yield row

    def problem(self, row: Row, expected: str, found: str, remedy: str) -> DataError:
        """What is wrong with a row."""
        return problem(f"{self.path}:{row.line}", expected, found, remedy)

    def column(self, known: Sequence[str], given: str | None, key: str) -> int | None:
        """The place of a column: that of the name given, else of the one whose name is known.

        key: of the configuration, for messages, if there is one. Raises DataError where the name
        given is not there, or two are known.
        """
        if given is not None:
            if given not in self.columns:
                found = join_words(self.columns)
                raise problem(self.path, f"a column {given!r}", found, f"set data.{key} to one")
            return self.columns.index(given)
        places = [i for i, name in enumerate(self.columns) if plain(name) in known]
        if len(places) > 1:
            found = join_words([self.columns[place] for place in places])
            remedy = f"set data.{key} to one of them" if key else "leave out all but one"
            raise problem(self.path, f"one column like {known[0]!r}", found, remedy)
        return places[0] if places else None


def plain(name: str) -> str:
    """A column's name as it is compared: `File Name` is like `file_name`."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """The table of a CSV file. Raises DataError where it is none."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            found = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
            raise problem(path, "a CSV file", found, "set data.root to the file")
        if status.st_size > MAX_TABLE_BYTES:
            expected = f"at most {MAX_TABLE_BYTES:,} bytes"
            raise problem(path, expected, f"{status.st_size:,}", "write the images to an npz file")
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _rows(path, file)
            first = next(rows, Row(1, []))
            columns = [name.strip() for name in first.values]
            if not columns:
                raise problem(path, "a line of columns", "nothing", _REMEDY)
            if len(set(columns)) < len(columns):
                twice = next(name for name in columns if columns.count(name) > 1)
                raise problem(path, "columns of different names", f"two {twice!r}", "rename one")
            yield Table(path, columns, rows)
    except FileNotFoundError:
        raise problem(path, "a CSV file", "none", "set data.root to the file") from None
    except OSError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError:
        raise problem(path, "text in UTF-8", "other bytes", _REMEDY) from None


def _rows(path: Path, file: TextIO) -> Iterator[Row]:
    """All rows that are not empty; what separates their values is seen in the first."""
    lines = _Lines(path, file)
    start = next(lines, "")
    delimiter = max(_DELIMITERS, key=start.count)
    reader = csv.reader(_with_first(start, lines), delimiter=delimiter, strict=True)
    try:
        for values in reader:
            lines.length = 0
            if values:
                yield Row(reader.line_num, values)
    except csv.Error as error:
        found = f"damage ({error})"
        raise problem(f"{path}:{reader.line_num}", "a row", found, _REMEDY) from None


class _Lines:
    """The lines of a file. `length`: characters since the last row's end; they are bounded."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file, self.length = path, file, 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(MAX_TABLE_LINE + 1 - self.length)
        self.length += len(line)
        if self.length > MAX_TABLE_LINE:
            expected = f"rows of at most {MAX_TABLE_LINE:,} characters"
            raise problem(self._path, expected, "a longer one", _REMEDY)
        if not line:
            raise StopIteration
        return line


def _with_first(line: str, others: Iterator[str]) -> Iterator[str]:
    if line:
        yield line
    yield from others
