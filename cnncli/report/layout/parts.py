"""What is printed, in parts below each other that fit the width of a terminal."""

from cnncli.text import for_terminal

from .words import wrap

_FEWEST = 20
"""Columns; in a terminal that has fewer lines are longer than that."""


class Fitting(str):
    """A text that knows how it is laid out for a terminal; in pipes and files it is as it is."""

    def __str__(self) -> str:
        """Itself, also as the text of an error."""
        return self

    def fit(self, columns: int) -> str:
        """The same in lines of at most so many columns, where that can be."""
        raise NotImplementedError


class Paragraph(Fitting):
    """Prose whose line ends are those of the source."""

    def fit(self, columns: int) -> str:
        return wrap(" ".join(self.split("\n")), columns, hang=0)


class Page(Fitting):
    """Parts below each other: what fits itself, and prose, each line a paragraph."""

    _parts: tuple[str, ...]
    _between: str

    def fit(self, columns: int) -> str:
        return self._between.join(lay_out(part, columns) for part in self._parts)


def page(*parts: str, apart: bool = False) -> Page:
    """apart: with an empty line between each two."""
    between = "\n\n" if apart else "\n"
    made = Page(between.join(parts))
    made._parts, made._between = parts, between
    return made


def lay_out(text: str, columns: int | None) -> str:
    """A text for a terminal of so many columns; None: as it is."""
    if columns is None:
        return text
    most = max(columns, _FEWEST)
    return text.fit(most) if isinstance(text, Fitting) else wrap(for_terminal(text), most)
