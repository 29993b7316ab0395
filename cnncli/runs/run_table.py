"""Runs as a table for people, as CSV and as JSON."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncli.config.source_text.dump import flow
from cnncli.report.layout.parts import Fitting
from cnncli.report.progress import duration
from cnncli.report.table import Cell, Column, table
from cnncli.text import json_text

from .run_record import FIGURES
from .settings import Value

Row = Mapping[str, Value]

_HEADINGS = {
    "best_validation_accuracy": "best\nvalidation",
    "validation_accuracy": "last\nvalidation",
    "test_accuracy": "test",
    "seconds": "time",
}
_RESULTS = {
    "epochs": 3, "best_validation_accuracy": 1, "validation_accuracy": 5, "test_accuracy": 1,
    "seconds": 6, "state": 1,
}  # fmt: skip
"""Behind what differs; of those that do not fit a terminal, the largest is left out first."""
_SETTING = 2
_TEXT_SETTING = 4
"""The same of keys of configurations."""
_PLACES = ("data.root", "train.start.run")
"""Keys whose values are paths, of which the end tells most."""
_MISSING = "-"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def known_keys(rows: Sequence[Row]) -> list[str]:
    """Every figure, and every key that some run's configuration has, in their order there."""
    return list(dict.fromkeys((*FIGURES, *(key for row in rows for key in row))))


def differing(rows: Sequence[Row]) -> list[str]:
    """The keys of configurations that are not the same in all of these runs.

    A run of which no configuration is known says nothing of them.
    """
    known = [row for row in rows if len(row) > len(FIGURES)]
    keys = known_keys(known)[len(FIGURES) :]
    return [key for key in keys if _differs(key, known)]


def _differs(key: str, rows: Sequence[Row]) -> bool:
    """That some kinds of optimizers and the like lack a key follows from their name."""
    values = {_identity(row.get(key)) for row in rows}
    section = key.rpartition(".")[0]
    if any(f"{section}.name" in row for row in rows) and not key.endswith(".name"):
        values.discard(_identity(None))
    return len(values) > 1


def _identity(value: Value) -> tuple[str, Value]:
    """1, 1.0 and true are three values of a configuration."""
    return type(value).__name__, value


def in_order(rows: Sequence[Row], key: str, *, descending: bool) -> list[Row]:
    """By a column; runs without a value for it come last, others of one value stay in order."""

    def rank(row: Row) -> tuple[bool, Any]:
        value = row[key]  # texts behind numbers
        return isinstance(value, str), value

    there = sorted((row for row in rows if row.get(key) is not None), key=rank, reverse=descending)
    return [*there, *(row for row in rows if row.get(key) is None)]


def usual_columns(rows: Sequence[Row]) -> list[str]:
    """The name, what differs, and the figures of which some run has one."""
    results = [key for key in _RESULTS if any(row.get(key) is not None for row in rows)]
    return ["name", *differing(rows), *results]


def as_text(rows: Sequence[Row], columns: Sequence[str], known: Sequence[str]) -> Fitting:
    """A table that fits a terminal; known: every key, so that headings tell them apart."""
    return table(
        [_column(key, rows, known) for key in columns],
        [[_cell(key, row) for key in columns] for row in rows],
    )


def _column(key: str, rows: Sequence[Row], known: Sequence[str]) -> Column:
    heading = _HEADINGS.get(key) or _heading(key, known)
    if key == "name":
        return Column(heading, least=12, way="place")
    is_numeric = all(isinstance(row.get(key), int | float | None) for row in rows)
    rank = _RESULTS.get(key, _SETTING if is_numeric else _TEXT_SETTING)
    if is_numeric:
        return Column(heading, numeric=True, rank=rank)
    if key in ("state", "architecture"):
        return Column(heading, rank=rank)
    if key == "remark":
        return Column(heading, rank=rank, least=20, way="prose")
    return Column(heading, rank=rank, least=8, way="place" if key in _PLACES else "name")


def _heading(key: str, known: Sequence[str]) -> str:
    """The end of a key that no other one has, which conditions understand too."""
    parts = key.split(".")
    for count in range(1, len(parts)):
        end = ".".join(parts[-count:])
        others = (other for other in known if other != key)
        if not any(other == end or other.endswith(f".{end}") for other in others):
            return end
    return key


def _cell(key: str, row: Row) -> Cell:
    value = row.get(key)
    if key == "epochs" and isinstance(of := row.get("train.epochs"), int):
        return f"{value or 0}/{of}"
    if value is None:
        return _MISSING
    if key == "seconds" and isinstance(value, float | int):
        return duration(value)
    if key in FIGURES and isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, str):
        return value
    return flow(value)


def csv_lines(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[str]:
    """A line for each run, numbers in full.

    A text that a spreadsheet would take for a formula has an apostrophe before it.
    """
    yield _csv_line(columns)
    for row in rows:
        yield _csv_line([_csv_cell(row.get(key)) for key in columns])


def _csv_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return flow(value)


def _csv_line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)  # which quotes the ends of lines that it writes itself
    return line.getvalue().removesuffix("\r\n")


def json_lines(rows: Sequence[Row], columns: Sequence[str]) -> Iterator[str]:
    """An array, each run an object on a line of its own; what is missing is null."""
    yield "["
    for number, row in enumerate(rows, 1):
        text = json_text({key: row.get(key) for key in columns}, indent=None)
        yield f"  {text}{',' if number < len(rows) else ''}"
    yield "]"
