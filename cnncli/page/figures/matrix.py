"""A confusion matrix: rows are the true classes, columns what they were taken for."""

from collections.abc import Mapping, Sequence
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from cnncli.page.elements import drawing, element, shortened
from cnncli.page.png import data_url

_LETTERS = 16
"""Of a class beside its row."""
_LETTER = 6.6
_DARKEST = 0.55
"""Of a cell with all images of its class: a number on it is still read."""
_PIXELS = 250
"""Of a picture of a matrix across and down; a pixel of a larger one is the largest of a block."""
_SIDE = 500

Numbers = NDArray[np.int64]


def shares(matrix: Numbers) -> NDArray[np.float64]:
    """The square root of each cell's share of its row; of no images 0."""
    return _shade(matrix, matrix.sum(axis=1))


def _shade(cells: Numbers, sums: Numbers) -> NDArray[np.float64]:
    found: NDArray[np.float64] = np.sqrt(cells / np.maximum(sums, 1)[:, np.newaxis])
    return found


def draw_matrix(
    matrix: Numbers, classes: Sequence[str], title: str, numbers: Mapping[tuple[int, int], int]
) -> Element:
    """Every cell with its number. numbers: of the cells that can be pressed, by row and column.

    They are a `g` of class `cell` with the number as `data-cell`.
    """
    side = 44 if len(classes) <= 10 else 34
    names = [shortened(name, _LETTERS) for name in classes]
    margin = _LETTER * max(map(len, names)) + 24
    top = 0.75 * _LETTER * max(map(len, names)) + 34
    extent = side * len(classes)
    content: list[Element] = [
        element("text", "taken for", x=margin + extent / 2, y=12, class_="middle faint"),
        element("text", "true", x=12, y=top + extent / 2, class_="middle faint",
                transform=f"rotate(-90 12 {top + extent / 2:g})"),
    ]  # fmt: skip
    for i, name in enumerate(names):
        middle = side * (i + 0.5)
        x = margin + middle + 4
        content.append(element("text", name, x=margin - 6, y=top + middle + 4, class_="end"))
        content.append(
            element("text", name, x=x, y=top - 6, transform=f"rotate(-45 {x:g} {top - 6:g})")
        )
    shade = shares(matrix)
    for row, column in np.ndindex(matrix.shape):
        times, colour = int(matrix[row, column]), "green" if row == column else "orange"
        place = {"x": margin + side * column, "y": top + side * row}
        square = {**place, "width": side, "height": side}
        dark = round(_DARKEST * float(shade[row, column]), 3)
        label = element("text", _short_number(times), x=place["x"] + side / 2,
                        y=place["y"] + side / 2 + 4, font_size=11 if side > 40 else 10,
                        class_="middle" if times else "middle faint")  # fmt: skip
        parts = [
            element("rect", **square, class_=f"field fill-{colour}", fill_opacity=dark),
            label,
        ]
        if (row, column) in numbers:
            content.append(element("g", *parts, class_="cell", data_cell=numbers[row, column]))
        else:
            content += parts
    width = margin + extent + 0.75 * _LETTER * len(names[-1]) + 8
    return drawing(width, top + extent + 4, title, *content)


def draw_picture(matrix: Numbers, title: str) -> Element:
    """A matrix of many classes as a picture: a pixel a cell, the darker the larger its share."""
    pixels = (255 * (1 - _blocks(matrix))).round().astype(np.uint8)
    image = element("image", href=data_url(pixels[..., np.newaxis]), x=30, y=30, width=_SIDE,
                    height=_SIDE, data_file="matrix")  # fmt: skip
    frame = element("rect", x=30, y=30, width=_SIDE, height=_SIDE, class_="axis")
    middle = 30 + _SIDE / 2
    return drawing(
        _SIDE + 40, _SIDE + 40, title, image, frame,
        element("text", "taken for", x=middle, y=20, class_="middle faint"),
        element("text", "true", x=20, y=middle, class_="middle faint",
                transform=f"rotate(-90 20 {middle:g})"),
    )  # fmt: skip


def _blocks(matrix: Numbers) -> NDArray[np.float64]:
    """The largest share of each block; counts come first, for there may be 10,000 classes."""
    starts = np.arange(0, len(matrix), -(-len(matrix) // _PIXELS))
    shade = _shade(np.maximum.reduceat(matrix, starts, axis=1), matrix.sum(axis=1))
    found: NDArray[np.float64] = np.maximum.reduceat(shade, starts, axis=0)
    return found


def _short_number(number: int) -> str:
    if number < 10_000:
        return str(number)
    return f"{number / 1000:.0f}k" if number < 1_000_000 else f"{number / 1_000_000:.0f}M"
