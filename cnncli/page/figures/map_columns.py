"""Activation maps as columns, from the image to the class scores: the notes' figure 5."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

from cnncli.page.elements import drawing, element, shortened

from .sheets import Sheet

MAP = 30
"""Units of a map across or down, whichever is more."""
_LEAST = 6
"""Units of one that is very wide or high."""
_PITCH = 54
"""Units from column to column, at least."""
_LETTER = 6
"""Units of a letter over a column."""
_TOP = 56
_PICTURE = 78
_ROW = 24
_NAME = 104
"""Units for the name of a class, before its bar."""
BAR = 100
"""Units of a bar for a probability of 1."""
_LETTERS = 10
"""Of a name that fits a column."""
_CLASS = 15
"""Letters of a class's name."""


class Column(NamedTuple):
    """A layer's maps: lines over it, the size of a map, their numbers, and what is to be seen."""

    name: str
    kind: str
    volume: str
    size: tuple[int, int]
    maps: Sequence[int]
    sheet: Sheet


class Score(NamedTuple):
    """A class and what the network says of it; is_true: it is the image's."""

    name: str
    probability: float
    score: float
    is_true: bool


def map_columns(
    title: str, picture: str, columns: Sequence[Column], scores: Sequence[Score]
) -> Element:
    """The drawing; picture: the image's pixels, as an address."""
    extents = [_extent(each.size) for each in columns]
    deepest = max((len(c.maps) * h for c, (_, h) in zip(columns, extents, strict=True)), default=0)
    height = _TOP + max(deepest, _PICTURE, _ROW * len(scores)) + 8
    left = _PICTURE + 20
    pitch = max([_PITCH, *(_LETTER * len(each.volume) + 2 for each in columns)])
    right = left + pitch * len(columns) + 10
    parts = [
        _words(_PICTURE / 2, ["", "INPUT", "the image"]),
        element("image", href=picture, x=0, y=_TOP, width=_PICTURE, height=_PICTURE,
                class_="picture"),
    ]  # fmt: skip
    for place, (column, extent) in enumerate(zip(columns, extents, strict=True)):
        parts.append(_column(place, column, extent, left + pitch * (place + 0.5)))
    parts.append(_words(right + _NAME + BAR / 2, ["", "probability", "and score, sorted"]))
    parts.extend(_bar(place, score, right) for place, score in enumerate(scores))
    return drawing(right + _NAME + BAR + 100, height, title, *parts)


def _extent(size: tuple[int, int]) -> tuple[float, float]:
    """Of a map on the drawing, its longer side MAP."""
    w, h = size
    scale = MAP / max(w, h)
    return max(_LEAST, w * scale), max(_LEAST, h * scale)


def _column(place: int, column: Column, extent: tuple[float, float], middle: float) -> Element:
    width, height = extent
    x = middle - width / 2
    sheet = element("image", href=column.sheet.src, x=x, y=_TOP, width=width,
                    height=height * len(column.maps), preserveAspectRatio="none",
                    data_file=column.name, data_column=place)  # fmt: skip
    frames = [
        element("rect", element("title", f"{column.name}, map {number}"), x=x,
                y=_TOP + row * height, width=width, height=height, class_="map",
                data_column=place, data_map=row)
        for row, number in enumerate(column.maps)
    ]  # fmt: skip
    block, _, name = column.name.rpartition(".")
    over = block or ("" if name.startswith(column.kind.lower()) else column.kind)
    lines = [shortened(over, _LETTERS), shortened(name, _LETTERS), column.volume]
    return element("g", _words(middle, lines), sheet, *frames)


def _words(x: float, lines: Sequence[str]) -> Element:
    return element("g", *(
        element("text", line, x=x, y=_TOP - 40 + 14 * row, font_size=9.5,
                class_="middle faint" if row == 2 else "middle")
        for row, line in enumerate(lines)
    ))  # fmt: skip


def _bar(place: int, score: Score, left: float) -> Element:
    y = _TOP + _ROW * place
    return element("g",
        element("text", label(score), x=left + _NAME, y=y + 14, class_="end",
                font_size=11, data_label=place),
        element("rect", x=left + _NAME + 6, y=y + 4, width=BAR * score.probability, height=12,
                class_="fill-green" if score.is_true else "fill-blue", data_bar=place),
        element("text", f"{score.probability:.3f}", x=left + _NAME + BAR + 46, y=y + 14,
                class_="end", font_size=11, data_share=place),
        element("text", f"{score.score:.2f}", x=left + _NAME + BAR + 96, y=y + 14,
                class_="end faint", font_size=11, data_score=place),
    )  # fmt: skip


def label(score: Score) -> str:
    """Its class as it stands before the bar."""
    return ("✓ " if score.is_true else "") + shortened(score.name, _CLASS)
