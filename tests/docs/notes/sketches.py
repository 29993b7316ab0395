"""Drawings that `cnn report` has not: the notes' figure 8, and windows as columns of a matrix."""

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from cnncli.page.elements import drawing, element

CELL = 34
"""Units of a number's square, across and down."""
ROW = (1, 2, -1, 1, -3)
WEIGHTS = (1, 0, -1)
COLOURS = ("blue", "orange", "green", "purple")


def figure8() -> Element:
    """A neuron with three weights beside a row of five with zeros around it, at strides 1 and 2."""
    padded = (0, *ROW, 0)
    parts: list[Element] = []
    for left, S in ((10, 1), (290, 2)):
        for place in range(0, len(ROW), S):
            total = int(np.dot(padded[place : place + 3], WEIGHTS))
            x = left + (place + 1) * CELL
            middle = x + CELL / 2
            parts += [
                element(
                    "line", class_="link", x1=middle, y1=60 + CELL,
                    x2=left + (place + tap) * CELL + CELL / 2, y2=150,
                )
                for tap in range(3)
            ]  # fmt: skip
            parts += _square(x, 60, total, "orange")
        for at, number in enumerate(padded):
            inside = 0 < at <= len(ROW)
            parts += _square(left + at * CELL, 150, number, "blue" if inside else None)
        size = (len(ROW) - 3 + 2) // S + 1
        formula = f"S={S}: (5 − 3 + 2)/{S} + 1 = {size}"
        parts.append(element("text", formula, class_="number", x=left, y=40))
    parts.append(element("text", "weights", x=560, y=52))
    for tap, weight in enumerate(WEIGHTS):
        parts += _square(560 + tap * CELL, 60, weight, "green")
    title = "One row of numbers, three weights, and what they give at stride 1 and at stride 2"
    return drawing(680, 200, title, *parts)


def im2col() -> Element:
    """An image of 4x4, its four windows of 2x2 as columns, and two filters as rows."""
    image = np.array([[1, 0, 2, 1], [3, 1, 0, 2], [0, 2, 1, 1], [1, 3, 2, 0]])
    windows = [image[y : y + 2, x : x + 2] for y in (0, 2) for x in (0, 2)]
    filters = np.array([[1, 0, 0, -1], [1, 1, 1, 1]])
    columns = np.stack([window.ravel() for window in windows], 1)
    product = filters @ columns
    parts: list[Element] = []
    parts += _matrix(10, 60, image, lambda i, j: COLOURS[i // 2 * 2 + j // 2])
    parts += _matrix(200, 94, filters, lambda i, j: None)
    parts += _matrix(378, 60, columns, lambda i, j: COLOURS[j])
    parts += _matrix(556, 94, product, lambda i, j: COLOURS[j])
    for x, sign in ((357, "·"), (535, "=")):
        parts.append(element("text", sign, class_="middle", x=x, y=133))
    for x, name, size in (
        (10, "image", "227x227x3"),
        (200, "W_row", "[96 x 363]"),
        (378, "X_col", "[363 x 3025]"),
        (556, "product", "[96 x 3025]"),
    ):
        parts.append(element("text", name, x=x, y=24))
        parts.append(element("text", f"AlexNet: {size}", class_="faint", x=x, y=42))
    title = "The windows of an image as columns of a matrix, the filters as rows of another"
    return drawing(710, 210, title, *parts)


def _matrix(
    x: float, y: float, numbers: NDArray[np.int64], colour: Callable[[int, int], str | None]
) -> Iterator[Element]:
    for (i, j), number in np.ndenumerate(numbers):
        yield from _square(x + j * CELL, y + i * CELL, int(number), colour(i, j))


def _square(x: float, y: float, number: int, colour: str | None) -> Iterator[Element]:
    """A number in a square, tinted with a colour."""
    place = {"x": x, "y": y, "width": CELL, "height": CELL}
    yield element("rect", class_="box", **place)
    if colour:
        yield element("rect", class_=f"fill-{colour}", opacity=0.25, **place)
    text = str(number).replace("-", "−")
    yield element("text", text, class_="number middle", x=x + CELL / 2, y=y + CELL / 2 + 4)
