"""Learned filters as pictures: the notes' figure 9."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from cnncli.page.elements import drawing, element, shortened
from cnncli.page.png import data_url

CELL = 36
"""Units of a filter's longer side."""
_SLICE = 22
"""Units of a slice's longer side."""
_ACROSS = 24
"""Filters of the first layer beside each other."""
_SLICES = 16
"""Channels of a later layer's filter."""
_LABEL = 76
_LETTERS = 12
"""Of a filter's name."""
_GAP = 4


class Filters(NamedTuple):
    """Those of a layer in the order of their norms, as one picture.

    src: its pixels. size: of a filter in it, or of a slice, (w, h). across: how many are beside
    each other. channels: of each filter those whose slices are shown; empty: it is one picture.
    """

    src: str
    size: tuple[int, int]
    across: int
    channels: Sequence[Sequence[int]]


def greys(weights: NDArray[Any]) -> NDArray[np.uint8]:
    """One filter's weights as values: 0 is the grey in the middle, the largest black or white."""
    most = float(np.abs(weights).max()) or 1.0
    found: NDArray[np.uint8] = np.rint(127.5 + weights / most * 127.5).astype(np.uint8)
    return found


def as_colours(filters: NDArray[Any]) -> Filters:
    """Filters (k, h, w, C) with C of 1 or 3, each as one picture."""
    k, h, w, C = filters.shape
    rows = -(-k // _ACROSS)
    across = -(-k // rows)
    whole = np.full((rows * across, h, w, C), 127, np.uint8)
    whole[:k] = [greys(each) for each in filters]
    sheet = whole.reshape(rows, across, h, w, C).transpose(0, 2, 1, 3, 4)
    return Filters(data_url(sheet.reshape(rows * h, across * w, C)), (w, h), across, [])


def as_slices(filters: NDArray[Any]) -> Filters:
    """Filters (k, h, w, C), of each a row with the slices of the largest norm, in their order."""
    k, h, w, _ = filters.shape
    norms = np.square(filters.astype(np.float64)).sum(axis=(1, 2))
    shown = np.sort((-norms).argsort(axis=1, kind="stable")[:, :_SLICES], axis=1)
    across = shown.shape[1]
    values = np.stack([greys(each)[:, :, own] for each, own in zip(filters, shown, strict=True)])
    sheet = values.transpose(0, 1, 3, 2).reshape(k * h, across * w, 1)
    return Filters(data_url(sheet), (w, h), across, shown.tolist())


def filter_sheet(title: str, layer: str, names: Sequence[str], filters: Filters) -> Element:
    """The drawing: filters in a grid, or rows of slices with the filter's name before them."""
    across, in_rows = filters.across, bool(filters.channels)
    (w, h), cell = filters.size, _SLICE if in_rows else CELL
    cell_w, cell_h = (max(8.0, side * cell / max(w, h)) for side in (w, h))
    rows = len(names) if in_rows else -(-len(names) // across)
    left = _LABEL if in_rows else 0
    sheet = element("image", href=filters.src, x=left, y=0, width=across * cell_w,
                    height=rows * cell_h, preserveAspectRatio="none", data_file=layer)  # fmt: skip
    frames = []
    for place, name in enumerate(names):
        row, column = (place, 0) if in_rows else divmod(place, across)
        y, wide = row * cell_h, across if in_rows else 1
        frame = element("rect", element("title", f"{layer}, {name}"),
                        x=left + column * cell_w, y=y, width=wide * cell_w, height=cell_h,
                        class_="filter", data_filter=place)  # fmt: skip
        label = element("text", shortened(name, _LETTERS), x=left - 8, y=y + cell_h / 2 + 4,
                       class_="end", font_size=11)  # fmt: skip
        frames += [frame, label] if in_rows else [frame]
    if blank := 0 if in_rows else rows * across - len(names):
        frames.append(element("rect", x=(across - blank) * cell_w, y=(rows - 1) * cell_h,
                              width=blank * cell_w, height=cell_h, class_="blank"))  # fmt: skip
    lines = [
        element("path", d=f"M{left + each * cell_w:g} 0V{rows * cell_h:g}", class_="gap")
        for each in range(1, across if in_rows else 0)
    ]
    return drawing(left + across * cell_w + _GAP, rows * cell_h, title, sheet, *lines, *frames)
