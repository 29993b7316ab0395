"""Volumes as boxes: the front is W x H, the depth D, and thin slabs are what follows in place."""

from collections.abc import Sequence
from math import log2
from xml.etree.ElementTree import Element

from cnncli.geometry import Volume
from cnncli.page.markup import element

STEP = 5
"""Units that a side grows with each doubling."""
SLAB = 6
"""Depth of a layer that keeps the volume before it."""
_RIGHT, _RISE = 0.75, 0.35
"""How far a unit of depth goes to the right, and up."""
_FRONT, _TOP, _SIDE = 0.45, 0.25, 0.65
"""How dark the faces are."""

Point = tuple[float, float]


def length(size: int) -> float:
    """How long a side is drawn: longer for more, but not as many times."""
    return STEP * log2(1 + size)


class Solid:
    """A volume with slabs behind it, drawn from the middle of its front's left side.

    width: across. up, down: from there. end: where a line leaves it, to the right and upwards.
    """

    def __init__(self, volume: Volume, slabs: int = 0) -> None:
        self._across, self._height = length(volume.W), length(volume.H)
        self._depths = [length(volume.D), *[float(SLAB)] * slabs]
        depth = sum(self._depths)
        self.width = self._across + _RIGHT * depth
        self.up = self._height / 2 + _RISE * depth
        self.down = self._height / 2
        rise = _RISE * depth  # what is long and low does not reach down to the line behind it
        self.end = self.width, rise if rise > self.down else 0.0

    def draw(self, x: float, y: float, colours: Sequence[str]) -> list[list[Element]]:
        """The faces of the volume, then those of each slab, each of its colour in figure.css."""
        pieces, near = [], 0.0
        for depth, colour in zip(self._depths, colours, strict=True):
            left, top = x + _RIGHT * near, y - self._height / 2 - _RISE * near
            pieces.append(self._faces((left, top), depth, colour, has_front=not near))
            near += depth
        return pieces

    def _faces(self, at: Point, depth: float, colour: str, *, has_front: bool) -> list[Element]:
        """Of a piece whose front has its left upper corner there; the first is under the others."""
        left, top, right, low = *at, at[0] + self._across, at[1] + self._height
        back, rise = _RIGHT * depth, _RISE * depth
        outline = [
            (left, top), (left + back, top - rise), (right + back, top - rise),
            (right + back, low - rise), (right, low), (left, low) if has_front else (right, top),
        ]  # fmt: skip
        lid = [(left, top), (left + back, top - rise), (right + back, top - rise), (right, top)]
        side = [(right, top), (right + back, top - rise), (right + back, low - rise), (right, low)]
        front = [(left, top), (right, top), (right, low), (left, low)]
        faces = [(_TOP, lid), (_SIDE, side), *([(_FRONT, front)] if has_front else [])]
        return [
            element("path", class_="solid", d=_closed(outline)),
            *(
                element("path", class_=f"face fill-{colour}", fill_opacity=shade, d=_closed(face))
                for shade, face in faces
            ),
        ]


def _closed(points: Sequence[Point]) -> str:
    return f"M{'L'.join(f'{x:.1f} {y:.1f}' for x, y in points)}Z"
