"""A convolution at a stride as the sum of some at stride 1, on parts of the map.

Pixels whose places in the padded map leave the same remainder by S are a map of their own, which
some pixels of a filter see and no others, window after window without a gap (the polyphase
decomposition of signal processing).
"""

from math import gcd
from typing import NamedTuple

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.lazy import Array

from .windows import windows_around


class Phase(NamedTuple):
    """Some pixels of the filters, and of the map those that they see; both down and across."""

    taps: tuple[slice, slice]
    pixels: tuple[slice, slice]
    geometry: Geometry
    """Where the windows of the ones lie on the others."""

    def of(self, images: Array) -> Array:
        """The pixels of images (n, H, W, C), a view."""
        down, across = self.pixels
        return images[:, down, across]


class _Axis(NamedTuple):
    """A phase along one axis."""

    taps: slice
    pixels: slice
    size: int
    F: int
    S: int
    dilation: int
    before: int
    after: int


def whole(geometry: Geometry) -> Phase:
    """A convolution as its only part."""
    every = (slice(None), slice(None))
    return Phase(every, every, geometry)


def phases_across(geometry: Geometry) -> list[Phase]:
    """The phases along lines, whose stride is 1 there, and down the columns what it was."""
    F, S, P, dilation = geometry.F.H, geometry.S.H, geometry.P, geometry.dilation.H
    every = slice(None)
    down = _Axis(every, every, geometry.size.H, F, S, dilation, P.top, P.bottom)
    return [_phase(geometry, down, across) for across in _across(geometry)]


def phases(geometry: Geometry) -> list[Phase]:
    """The phases in both axes, whose strides are 1.

    Pixels of the map that no pixel of a filter sees are in none of them.
    """
    size, S, out = geometry.size.H, geometry.S.H, geometry.out.H
    lines = _axis(size, geometry.F.H, S, geometry.dilation.H, geometry.P.top, out)
    return [_phase(geometry, down, across) for down in lines for across in _across(geometry)]


def phases_of_gradient(geometry: Geometry) -> list[tuple[Phase, Geometry]]:
    """The phases that have pixels, each with the windows of y around them, at stride 1."""
    parts = [part for part in phases(geometry) if min(part.geometry.size) > 0]
    return [(part, windows_around(part.geometry)) for part in parts]


def _across(geometry: Geometry) -> list[_Axis]:
    size, S, out = geometry.size.W, geometry.S.W, geometry.out.W
    return _axis(size, geometry.F.W, S, geometry.dilation.W, geometry.P.left, out)


def _axis(size: int, F: int, S: int, dilation: int, before: int, out: int) -> list[_Axis]:
    """The phases of `out` windows on `size` pixels with `before` zeros in front.

    Pixel i of a filter lies at i * dilation: every `step`-th leaves the same remainder.
    """
    step, found = S // gcd(S, dilation), []
    for i in range(min(step, F)):
        place, remainder = divmod(i * dilation, S)
        first = (remainder - before) % S  # the map's first pixel with this remainder
        zeros = (first + before - remainder) // S - place
        taps, pixels = slice(i, None, step), slice(first, None, S)
        count, seen, apart = len(range(F)[taps]), len(range(size)[pixels]), dilation * step // S
        after = out + (count - 1) * apart - zeros - seen
        found.append(_Axis(taps, pixels, seen, count, 1, apart, zeros, after))
    return found


def _phase(geometry: Geometry, down: _Axis, across: _Axis) -> Phase:
    windows = Geometry(
        Extent(across.size, down.size),
        Extent(across.F, down.F),
        Extent(across.S, down.S),
        Padding(across.before, across.after, down.before, down.after),
        geometry.out,
        Extent(across.dilation, down.dilation),
    )
    return Phase((down.taps, across.taps), (down.pixels, across.pixels), windows)
