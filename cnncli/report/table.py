"""Aligned tables in plain text."""

from collections.abc import Sequence
from typing import NamedTuple

from cnncli.bounds import MAX_NAME
from cnncli.text import printable, short

UNKNOWN = "?"
"""Stands where a value is not known."""


class Column(NamedTuple):
    """A column's heading (lines are broken by `\\n`), and whether it holds numbers."""

    heading: str
    numeric: bool = False


Cell = str | int | None
"""Numbers get thousands separators; None is shown as `?`."""


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    total: Sequence[Cell] | None = None,
) -> str:
    """Headings, a rule, the rows, and below a second rule the total; numbers to the right."""
    headings = [column.heading.split("\n") for column in columns]
    height = max(map(len, headings))
    # A short heading stands at the bottom, next to its values.
    filled = [[""] * (height - len(lines)) + lines for lines in headings]
    head = [list(line) for line in zip(*filled, strict=True)]
    body = [[_text(cell) for cell in row] for row in rows]
    foot = [[_text(cell) for cell in total]] if total else []
    widths = [max(map(len, cells)) for cells in zip(*head, *body, *foot, strict=True)]
    rule = ["-" * width for width in widths]
    lines = [*head, rule, *body, *([rule, *foot] if foot else [])]
    return "\n".join(_line(columns, widths, line) for line in lines)


def _text(cell: Cell) -> str:
    if cell is None:
        return UNKNOWN
    return f"{cell:,}" if isinstance(cell, int) else printable(short(cell, MAX_NAME))


def _line(columns: Sequence[Column], widths: Sequence[int], cells: Sequence[str]) -> str:
    aligned = (
        cell.rjust(width) if column.numeric else cell.ljust(width)
        for column, width, cell in zip(columns, widths, cells, strict=True)
    )
    return "  ".join(aligned).rstrip()
