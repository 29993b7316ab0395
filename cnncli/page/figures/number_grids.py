"""Grids of numbers side by side, with a window in some, and what is computed written out below."""

from collections.abc import Sequence
from itertools import zip_longest
from math import floor
from typing import NamedTuple
from xml.etree.ElementTree import Element

from cnncli.page.markup import drawing, element

Plane = Sequence[Sequence[float | None]]
"""Rows of numbers; None: nothing is there yet."""

ROW = 24
"""Units from one row to the next, of a grid and of the text."""
HEAD = 22
"""Units above a grid, for its title."""
GAP = 28
"""Units between columns of grids."""
WIDTHS = (30, 36, 40, 46)
"""Units of a number by its decimal places."""

_ROUNDING = 1e-9
"""What sums in another order may differ by."""


class Window(NamedTuple):
    """Cells of a grid: of the first one the column x and the row y, and how many."""

    x: int
    y: int
    W: int
    H: int


class Grid(NamedTuple):
    """A depth slice as numbers.

    colour: of its edge. pad: cells on each side that are padding. window: cells that are marked.
    first: of a grid whose cells stand for steps the first one's number.
    """

    title: str
    plane: Plane
    colour: str
    pad: int = 0
    window: Window | None = None
    first: int | None = None

    @property
    def across(self) -> int:
        """Columns, those of a window that lies beyond included."""
        return max(len(self.plane[0]), self.window.x + self.window.W if self.window else 0)

    @property
    def down(self) -> int:
        """Rows in the same way."""
        return max(len(self.plane), self.window.y + self.window.H if self.window else 0)


def numeral(value: float, places: int) -> str:
    """A number with at most so many decimal places, of two as near the larger one."""
    power = 10**places
    return f"{floor(value * power + 0.5 + _ROUNDING) / power + 0:.10g}"


def signed_sum(values: Sequence[float], places: int) -> str:
    """`1 - 2 + 0.5`."""
    first, *others = (numeral(value, places) for value in values)
    signed = (f" - {text[1:]}" if text.startswith("-") else f" + {text}" for text in others)
    return first + "".join(signed)


def number_grids(
    title: str, columns: Sequence[Sequence[Grid]], lines: Sequence[str], places: int
) -> Element:
    """Columns of grids from left to right, those of a row at one height, and the lines below.

    places: decimal places of the numbers.

    assets/steps.js draws the same, and its test compares.
    """
    cell = WIDTHS[places]
    rows = [
        HEAD + 8 + ROW * max(grid.down for grid in row if grid) for row in zip_longest(*columns)
    ]
    x, parts = 1, []
    for column in columns:
        for number, grid in enumerate(column):
            parts.append(_grid(grid, x, sum(rows[:number]) + HEAD, cell, places))
        x += GAP + max(max(cell * grid.across, 7 * len(grid.title)) for grid in column)
    bottom = sum(rows)
    for number, line in enumerate(lines):
        y = bottom + 20 + ROW * number
        parts.append(element("text", line, x=1, y=y, class_="number"))
    width = max(x - GAP + 2, *(8 * len(line) for line in lines))
    return drawing(width, bottom + ROW * len(lines) + 8, title, *parts)


def _grid(grid: Grid, x: int, y: int, cell: int, places: int) -> Element:
    rows, across = len(grid.plane), len(grid.plane[0])
    width, height = cell * across, ROW * rows
    down = "".join(f"M0 {ROW * row}H{width}" for row in range(1, rows))
    lines = down + "".join(f"M{cell * column} 0V{height}" for column in range(1, across))
    found = element("g", transform=f"translate({x} {y})")
    found.append(element("text", grid.title, y=-6))
    if grid.window:
        found.append(_window(grid.window, cell, "fill-mark"))
    if lines:
        found.append(element("path", class_="grid", d=lines))
    found.append(_box(0, 0, width, height, f"plain {grid.colour}"))
    for row, values in enumerate(grid.plane):
        for column, value in enumerate(values):
            inside = grid.pad <= row < rows - grid.pad and grid.pad <= column < across - grid.pad
            if value is not None:
                style = "number middle" if inside else "number middle faint"
                found.append(
                    element("text", numeral(value, places), x=cell * column + cell / 2,
                            y=ROW * row + 16, class_=style, font_size=11)
                )  # fmt: skip
            if grid.first is not None:
                place = _box(cell * column, ROW * row, cell, ROW, "place")
                place.set("data-step", str(grid.first + row * across + column))
                found.append(place)
    if grid.window:
        found.append(_window(grid.window, cell, "plain ink"))
    return found


def _window(window: Window, cell: int, style: str) -> Element:
    x, y, W, H = window
    return _box(cell * x, ROW * y, cell * W, ROW * H, style)


def _box(x: float, y: float, width: float, height: float, style: str) -> Element:
    return element("rect", x=f"{x:g}", y=f"{y:g}", width=f"{width:g}", height=f"{height:g}",
                   class_=style)  # fmt: skip
