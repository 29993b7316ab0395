"""Histograms beside each other, and bars to the right."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from cnncli.page.elements import drawing, element, shortened

from .axis import Axis

_BINS = 40
_WIDTH, _HEIGHT, _TOP, _BELOW = 220, 70, 22, 20
_LEFT = 8
_ALIKE = 1e-6
_NAME = 28


class Histogram(NamedTuple):
    """Shares of the numbers in equal bins from low to high; before: the same of another time."""

    low: float
    high: float
    shares: NDArray[np.float64]
    before: NDArray[np.float64] | None

    @classmethod
    def of(cls, values: NDArray[np.float64], before: NDArray[np.float64] | None) -> "Histogram":
        """Of finite numbers, one at least; the bins hold both."""
        both = [values] if before is None else [values, before]
        low, high = (float(f([f(each) for each in both])) for f in (np.min, np.max))
        size = max(abs(low), abs(high))
        if high - low <= max(_ALIKE * size, _ALIKE**5):  # no bins fit in between
            half = size / 2 if size > _ALIKE else 0.5
            low, high = low - half, high + half
        shares = [np.histogram(each, _BINS, (low, high))[0] / each.size for each in both]
        return cls(low, high, shares[0], None if before is None else shares[1])


def histogram(name: str, found: Histogram) -> Element:
    """The shares as an area, those before as a dashed line; each has its own height."""
    axis = Axis(found.low, found.high, _WIDTH - 2 * _LEFT)
    bottom = _TOP + _HEIGHT
    title = f"Histogram of {name}, from {found.low:.3g} to {found.high:.3g}"
    zero = []
    if found.low < 0 < found.high:
        at = _LEFT + axis.place(0)
        zero = [
            element("path", d=f"M{at:.1f},{_TOP}V{bottom}", class_="grid"),
            element("text", "0", x=f"{at:.1f}", y=bottom + 14, class_="middle faint"),
        ]
    dashed = []
    if found.before is not None:
        dashed = [element("path", d=_steps(found.before), class_="orange", fill="none",
                          stroke_width=1.5, stroke_dasharray="4 2")]  # fmt: skip
    return drawing(
        _WIDTH, bottom + _BELOW, title,
        element("text", shortened(name, _NAME), x=_LEFT, y=14),
        element("path", d=f"{_steps(found.shares)}Z", class_="fill-blue", fill_opacity=0.55),
        *dashed, *zero,
        element("path", d=f"M{_LEFT},{bottom}h{axis.length:g}", class_="axis"),
        element("text", f"{found.low:.2g}", x=_LEFT, y=bottom + 14, class_="faint"),
        element("text", f"{found.high:.2g}", x=_WIDTH - _LEFT, y=bottom + 14, class_="end faint"),
    )  # fmt: skip


def _steps(shares: NDArray[np.float64]) -> str:
    """The outline of bins, closed at the bottom on both sides."""
    bottom, width = _TOP + _HEIGHT, (_WIDTH - 2 * _LEFT) / len(shares)
    largest = shares.max() or 1.0
    tops = [bottom - _HEIGHT * share / largest for share in shares.tolist()]
    edges = (f"V{top:.1f}h{width:.2f}" for top in tops)
    return f"M{_LEFT},{bottom}{''.join(edges)}V{bottom}"


class Bar(NamedTuple):
    """A value with its name, and what is written behind it; parts: of which it is made."""

    name: str
    text: str
    parts: Sequence[float]


_ROW, _NAMES, _TEXTS, _BAR = 20, 130, 220, 280
_COLOURS = ("fill-blue", "fill-orange")
_LETTERS = 18


def bars(title: str, rows: Sequence[Bar], legend: Sequence[str] = ()) -> Element:
    """A bar a row, of lengths like their sums; legend: the names of their parts."""
    largest = max((sum(row.parts) for row in rows), default=0) or 1
    top = _ROW if legend else 0
    return drawing(
        _NAMES + _BAR + _TEXTS, top + _ROW * len(rows) + 4, title,
        *_legend(legend),
        *(part for at, row in enumerate(rows) for part in _bar(row, top + _ROW * at, largest)),
    )  # fmt: skip


def _legend(names: Sequence[str]) -> Iterator[Element]:
    for at, (name, colour) in enumerate(zip(names, _COLOURS, strict=False)):
        left = _NAMES + 110 * at
        yield element("rect", x=left, y=4, width=10, height=10, **_look(at, colour))
        yield element("text", name, x=left + 15, y=13)


def _bar(row: Bar, top: float, largest: float) -> Iterator[Element]:
    yield element("text", shortened(row.name, _LETTERS), x=_NAMES - 8, y=top + 14, class_="end")
    left = float(_NAMES)
    for at, (value, colour) in enumerate(zip(row.parts, _COLOURS, strict=False)):
        width = _BAR * value / largest
        if width:
            yield element(
                "rect", x=f"{left:.1f}", y=top + 3, width=f"{width:.1f}", height=_ROW - 6,
                **_look(at, colour),
            )  # fmt: skip
        left += width
    yield element("text", row.text, x=f"{left + 6:.1f}", y=top + 14, class_="number")


def _look(at: int, colour: str) -> dict[str, object]:
    """The second part has an edge too, so that it differs without its colour."""
    if at == 0:
        return {"class_": colour}
    return {"class_": f"{colour} ink", "fill_opacity": 0.5}
