"""Aligned tables in plain text."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from cnncli.bounds import MAX_NAME
from cnncli.text import join_words, printable, short

from .layout.fit import Need, allot
from .layout.parts import Fitting
from .layout.words import cut, cut_list, cut_place, width, wrap

UNKNOWN = "?"
"""Stands where a value is not known."""
GAP = 2
"""Spaces between two columns."""
_UNITS = "kMGTPEZYRQ"
_EXACT = 1_000_000
"""Smaller numbers take no more room than four digits with a unit."""


class Column(NamedTuple):
    """A column's heading (lines are broken by `\\n`), and how it gives way in a terminal."""

    heading: str
    numeric: bool = False
    rank: int = 0
    """Of columns that do not fit, the one with the largest is left out first; 0: it stays."""
    least: int = 0
    """The width down to which texts are cut; 0: they are not."""
    way: Literal["name", "place", "list", "prose"] = "name"
    """How: in the middle, at the beginning, or at the end between words.

    Prose, which stands in the last column, goes on below.
    """

    @property
    def name(self) -> str:
        """The heading on one line."""
        return self.heading.replace("-\n", "-").replace("\n", " ").strip()


class Forms(NamedTuple):
    """A number as it is, and in fewer characters."""

    exact: str
    short: str


Cell = str | int | Forms | None
"""Numbers get thousands separators; None is shown as `?`."""


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    total: Sequence[Cell] | None = None,
    folded: Callable[[], Sequence[Sequence[Cell]]] | None = None,
    instead: "Table | None" = None,
) -> "Table":
    """Headings, a rule, the rows, and below a second rule the total; numbers to the right.

    folded: makes the rows for a terminal, with repeated blocks as one each. instead: what is shown
    in one where not all columns fit.
    """
    made = Table(Layout.in_full(columns, rows, total).text(rows, total))
    made.columns, made.rows, made.total = columns, rows, total
    made.folded, made.instead = folded, instead
    return made


class Table(Fitting):
    """A table as it is in full, which fits a terminal too."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None
    folded: Callable[[], Sequence[Sequence[Cell]]] | None
    instead: "Table | None"

    def fit(self, columns: int) -> str:
        """Numbers in short, texts cut and columns left out as far as it needs that; and says so."""
        rows = self.folded() if self.folded else self.rows
        layout = Layout.fitting(self.columns, rows, self.total, columns)
        if None in layout.widths and self.instead:
            return f"{self.instead.fit(columns)}\n(the largest; --wide shows the whole table)"
        is_folded = len(rows) < len(self.rows)
        notes = layout.notes(columns, ["repeated blocks are folded, with their sums"] * is_folded)
        return "\n".join([layout.text(rows, self.total), *notes])


@dataclass(frozen=True)
class Layout:
    """How wide columns are. Lines can be made of it as their cells come."""

    columns: Sequence[Column]
    widths: Sequence[int | None]
    """None: the column is left out."""
    cut: Sequence[bool]
    """Whether numbers are shown in short, and texts not whole."""
    measure: Callable[[str], int] = width

    @classmethod
    def in_full(
        cls,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        total: Sequence[Cell] | None = None,
    ) -> "Layout":
        """For pipes and files: each sign is counted as one column."""
        of_columns = _of_columns(columns, rows, total)
        widths = [
            max(map(len, [*column.heading.split("\n"), *(exact(cell) for cell in cells)]))
            for column, cells in zip(columns, of_columns, strict=True)
        ]
        return cls(columns, widths, [False] * len(columns), len)

    @classmethod
    def fitting(
        cls,
        columns: Sequence[Column],
        rows: Sequence[Sequence[Cell]],
        total: Sequence[Cell] | None,
        most: int,
    ) -> "Layout":
        """For a terminal of so many columns."""
        needs, whole = [], []
        for column, cells in zip(columns, _of_columns(columns, rows, total), strict=True):
            heads = [width(line) for line in column.heading.split("\n")]
            whole.append(max((width(exact(cell)) for cell in cells), default=0))
            full = max(*heads, whole[-1])
            can = column.least or full  # as narrow as what is no number becomes
            narrow = (
                min(can, width(exact(cell))) if isinstance(cell, str) else width(in_short(cell))
                for cell in cells
            )
            least = max(*narrow, *(min(can, head) for head in heads))
            needs.append(Need(full, least, column.rank, column.least > 0, column.way == "prose"))
        widths = allot(needs, most, GAP)
        is_cut = [given is not None and given < of for given, of in zip(widths, whole, strict=True)]
        return cls(columns, widths, is_cut)

    def text(self, rows: Iterable[Sequence[Cell]], total: Sequence[Cell] | None) -> str:
        """The whole table."""
        foot = [self.rule, self.line(total)] if total else []
        return "\n".join([self.head, *map(self.line, rows), *foot])

    @property
    def head(self) -> str:
        """The headings, and below them a rule."""
        headings = [column.heading.split("\n") for column in self.columns]
        height = max(map(len, headings))
        # A short heading stands at the bottom, next to its values.
        filled = [[""] * (height - len(lines)) + lines for lines in headings]
        return "\n".join([*(self._aligned(line) for line in zip(*filled, strict=True)), self.rule])

    @property
    def rule(self) -> str:
        return self._aligned(["-" * (given or 0) for given in self.widths])

    def line(self, cells: Sequence[Cell]) -> str:
        """One row."""
        texts = [
            in_short(cell) if column.numeric and is_cut else exact(cell)
            for column, cell, is_cut in zip(self.columns, cells, self.cut, strict=True)
        ]
        most = self.widths[-1]
        if self.columns[-1].way != "prose" or not self.cut[-1] or most is None:
            return self._aligned(texts)
        first, *below = wrap(texts[-1], most, hang=0).split("\n")
        empty = [""] * (len(texts) - 1)
        lines = [[*texts[:-1], first], *([*empty, text] for text in below)]
        return "\n".join(map(self._aligned, lines))

    def notes(self, most: int, others: Sequence[str] = ()) -> list[str]:
        """What is not as it is in full, in a sentence below the table; nothing where all is."""
        gone = [c.name for c, given in zip(self.columns, self.widths, strict=True) if given is None]
        short = [
            column.name
            for column, is_cut in zip(self.columns, self.cut, strict=True)
            if is_cut and column.least and column.way != "prose"
        ]
        said = list(others)
        if gone:
            said.append(f"left out to fit {most} columns: {join_words(gone)}")
        if short:
            said.append(f"cut: {join_words(short)}")
        return [wrap(f"({'; '.join(said)}; --wide shows all)", most, hang=1)] if said else []

    def _aligned(self, texts: Sequence[str]) -> str:
        shown = []
        for column, given, text in zip(self.columns, self.widths, texts, strict=True):
            if given is not None:
                fits = text if self.measure is len else _CUTS[column.way](text, given)
                padding = " " * (given - self.measure(fits))
                shown.append(padding + fits if column.numeric else fits + padding)
        return (" " * GAP).join(shown).rstrip()


_CUTS = {"name": cut, "place": cut_place, "list": cut_list, "prose": cut}


def _of_columns(
    columns: Sequence[Column], rows: Sequence[Sequence[Cell]], total: Sequence[Cell] | None
) -> Sequence[Sequence[Cell]]:
    lines = [*rows, *([total] if total else [])]
    return list(zip(*lines, strict=True)) if lines else [()] * len(columns)


def exact(cell: Cell) -> str:
    """A cell as it is."""
    if isinstance(cell, int):
        return f"{cell:,}"
    if isinstance(cell, Forms):
        return cell.exact
    return UNKNOWN if cell is None else printable(short(cell, MAX_NAME))


def in_short(cell: Cell) -> str:
    """The same in fewer characters, if it is a number."""
    if isinstance(cell, Forms):
        return cell.short
    return si(cell) if isinstance(cell, int) else exact(cell)


def si(number: int) -> str:
    """A large number in four digits: `105.7 M`; below a million as it is."""
    if abs(number) < _EXACT:
        return f"{number:,}"
    digits = str(round(abs(number), 4 - len(str(abs(number)))))
    power = (len(digits) - 1) // 3
    if power > len(_UNITS):
        return f"{number:,}"
    whole = digits[: len(digits) - 3 * power]
    return f"{'-' * (number < 0)}{whole}.{digits[len(whole) : 4]} {_UNITS[power - 1]}"
