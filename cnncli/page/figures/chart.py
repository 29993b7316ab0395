"""Curves over a common axis, with round ticks and a legend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from cnncli.page.elements import drawing, element, shortened
from cnncli.page.thinning import thin

from .axis import Axis, is_wide, tick_text

DASHES = (None, "7 4", "2 3", "10 3 2 3", "4 2", "12 5", "1 5", "6 2 2 2 2 2")
"""One for each run, so that they differ without colours."""
WIDTH, _LEFT, _RIGHT, _TOP = 560, 64, 30, 28
_PLOT = 200
_BELOW = 40
"""From the plot to the legend: ticks and the name of the axis."""
_ENTRY = 18
_NAME = 34
"""Characters of a name that the legend has room for."""
_DOTTED = 40
"""Points up to which each is marked, of a curve that has marks."""
_SOME = 12
"""Marks of one that has more points."""
_HUGE = 1e30
"""Above it nothing is drawn."""
_LOG = 30
"""The largest by the smallest value, from where on powers of ten are the axis."""


@dataclass(frozen=True)
class Curve:
    """Finite values y (n,) at x (n,); a new line begins at each place in breaks.

    total: of how many points these are left. colour: a class of the style. dash: of the line; where
    there is one, points are hollow. is_faint: a thin line. mark: `circle` or `square`, at each
    point if they are few, else at some; None: at lone points only.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    colour: str
    dash: str | None = None
    is_faint: bool = False
    mark: str | None = None
    breaks: tuple[int, ...] = ()
    total: int = 0

    @classmethod
    def of(
        cls, name: str, x: Sequence[float], y: Sequence[float], most: int, **look: Any
    ) -> "Curve":
        """Of values as they are recorded: a line ends where one is not finite, or x goes back.

        What is larger than anything that may be drawn is left out as if it were not finite.
        """
        xs, ys = np.array(x, np.float64), np.array(y, np.float64)
        is_there = np.abs(ys) < _HUGE
        goes_back = np.diff(xs, prepend=xs[:1]) < 0
        piece = np.cumsum(~is_there | goes_back)[is_there]
        xs, ys = xs[is_there], ys[is_there]
        kept = thin(ys, most)
        piece = piece[kept]
        breaks = tuple((np.flatnonzero(np.diff(piece)) + 1).tolist())
        return cls(name, xs[kept], ys[kept], breaks=breaks, total=len(ys), **look)

    @property
    def pieces(self) -> Iterator[slice]:
        """The points of each line."""
        for begin, end in pairwise((0, *self.breaks, len(self.x))):
            yield slice(begin, end)

    @property
    def dots(self) -> list[int]:
        """Places of the points that are marked: lone ones, which would be no line, and some."""
        lone = {part.start for part in self.pieces if part.stop - part.start == 1}
        step = 1 if len(self.x) <= _DOTTED else -(-len(self.x) // _SOME)
        return sorted(lone | {*range(0, len(self.x) if self.mark else 0, step)})

    @property
    def has_lines(self) -> bool:
        """Whether two points are joined."""
        return any(part.stop - part.start > 1 for part in self.pieces)

    @property
    def stroke(self) -> dict[str, Any]:
        """Attributes of its lines."""
        return {
            "class_": self.colour, "fill": "none", "stroke_width": 1 if self.is_faint else 2,
            "stroke_dasharray": self.dash,
        }  # fmt: skip

    def dot(self, x: float, y: float) -> Element:
        """The mark of a point there."""
        filled = f"fill-{self.colour}" if self.dash is None else self.colour
        look = {"class_": filled, "fill": "none", "stroke_width": None if self.dash is None else 2}
        if self.mark == "square":
            return element("path", d=f"M{x - 4:.1f},{y - 4:.1f}h8v8h-8z", **look)
        return element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=3, **look)


@dataclass(frozen=True)
class Chart:
    """Curves, of which one at least has a point.

    from_zero: 0 is on the axis of values. may_be_log: where the values are far from each other,
    that axis is logarithmic. marks: places on the axis below, with what happened there.
    """

    title: str
    below: str
    curves: Sequence[Curve]
    from_zero: bool = False
    may_be_log: bool = False
    marks: Sequence[tuple[float, str]] = ()

    @property
    def x(self) -> Axis:
        """The axis below."""
        every = np.concatenate([curve.x for curve in self.curves])
        low, high = float(every.min()), float(every.max())
        length = WIDTH - _LEFT - _RIGHT
        return Axis.around(0.0 if low > 0 else low, high, length, about=6)

    @property
    def y(self) -> Axis:
        """The axis of values."""
        every = np.concatenate([curve.y for curve in self.curves])
        low, high = float(every.min()), float(every.max())
        is_log = self.may_be_log and is_wide(low, high, _LOG)
        if self.from_zero and not is_log:
            low, high = min(low, 0.0), max(high, 0.0)
        return Axis.around(low, high, _PLOT, is_log=is_log)

    @property
    def drawing(self) -> Element:
        """The SVG."""
        x, y = self.x, self.y
        rows = -(-len(self.curves) // 2)
        return drawing(
            WIDTH, _TOP + _PLOT + _BELOW + rows * _ENTRY + 4, self.title,
            element("text", self.title, x=_LEFT, y=15, font_weight="bold"),
            *self._axis_below(x), *self._axis_left(y), *self._marks(x),
            *(part for curve in _faint_first(self.curves) for part in _line(curve, x, y)),
            *(part for at, curve in enumerate(self.curves) for part in _entry(at, curve)),
        )  # fmt: skip

    @property
    def data(self) -> dict[str, Any]:
        """What a script needs to find the values under the pointer."""
        x, y = self.x, self.y
        return {
            "title": self.title,
            "left": _LEFT, "top": _TOP, "width": x.length, "height": y.length,
            "x": [x.low, x.high], "y": [y.low, y.high], "log": y.is_log,
            "curves": [
                {"name": curve.name, "colour": curve.colour,
                 "x": [int(value) for value in curve.x], "y": [*map(_digits, curve.y)]}
                for curve in self.curves
            ],
        }  # fmt: skip

    def _axis_below(self, x: Axis) -> Iterator[Element]:
        bottom = _TOP + _PLOT
        yield element("path", d=f"M{_LEFT},{bottom}h{x.length:g}", class_="axis")
        for value in x.ticks(6):
            at = _LEFT + x.place(value)
            yield element("path", d=f"M{at:.1f},{bottom}v4", class_="axis")
            yield element("text", tick_text(value), x=at, y=bottom + 17, class_="middle faint")
        middle = _LEFT + x.length / 2
        yield element("text", self.below, x=middle, y=bottom + 33, class_="middle faint")

    def _axis_left(self, y: Axis) -> Iterator[Element]:
        right = WIDTH - _RIGHT
        for value in y.ticks():
            at = _TOP + y.length - y.place(value)
            yield element("path", d=f"M{_LEFT},{at:.1f}H{right}", class_="grid")
            yield element(
                "text", tick_text(value), x=_LEFT - 6, y=f"{at + 4:.1f}", class_="end faint"
            )

    def _marks(self, x: Axis) -> Iterator[Element]:
        for value, text in self.marks:
            at = _LEFT + x.place(value)
            yield element(
                "path", d=f"M{at:.1f},{_TOP}v{_PLOT}", class_="red", stroke_dasharray="3 3",
                fill="none",
            )  # fmt: skip
            is_late = at > WIDTH / 2
            yield element(
                "text", text, x=f"{at - 4 if is_late else at + 4:.1f}", y=_TOP + 10,
                class_="end" if is_late else None,
            )  # fmt: skip


def _faint_first(curves: Sequence[Curve]) -> list[Curve]:
    """So that the others are drawn over them."""
    return sorted(curves, key=lambda curve: not curve.is_faint)


def _line(curve: Curve, x: Axis, y: Axis) -> Iterator[Element]:
    points = [
        (_LEFT + x.place(a), _TOP + y.length - y.place(b))
        for a, b in zip(curve.x.tolist(), curve.y.tolist(), strict=True)
    ]
    path = "".join(
        "M" + "L".join(f"{a:.1f},{b:.1f}" for a, b in points[part]) for part in curve.pieces
    )
    yield element("path", d=path, **curve.stroke)
    yield from (curve.dot(*points[place]) for place in curve.dots)


def _entry(at: int, curve: Curve) -> Iterator[Element]:
    """A line of the legend, in two columns."""
    left = 8 + (at % 2) * WIDTH / 2
    middle = _TOP + _PLOT + _BELOW + (at // 2) * _ENTRY + 8
    if curve.has_lines:
        yield element("path", d=f"M{left:g},{middle}h30", **curve.stroke)
    if curve.dots:
        yield curve.dot(left + 15, middle)
    yield element("text", shortened(curve.name, _NAME), x=left + 38, y=middle + 4)


def _digits(value: float) -> float:
    """Six digits of it, which are enough to read."""
    return float(f"{value:.6g}")
