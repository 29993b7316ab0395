"""Windows along one axis of a map.

A window's maximum is the maximum over its rows of the maxima of the rows, and likewise its sum.
So both axes are handled by the same code, and F + F steps do instead of F * F.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from cnncli.geometry import Extent, Geometry
from cnncli.lazy import Array, NDArray, np

from .workspace import Workspace


class Axis(NamedTuple):
    """The windows along one axis: F, S, the padding before, the map's size and the places."""

    axis: int
    F: int
    S: int
    before: int
    size: int
    out: int

    def offsets(self) -> Iterator[tuple[int, slice, slice]]:
        """For each offset in a window: which places have a pixel there, and those pixels."""
        for k in range(self.F):
            shift = k - self.before
            first = max(0, -(shift // self.S))
            last = min(self.out, (self.size - 1 - shift) // self.S + 1)
            if first < last:
                start = first * self.S + shift
                stop = (last - 1) * self.S + shift + 1
                yield k, slice(first, last), slice(start, stop, self.S)

    def at(self, array: Array, along: slice) -> Array:
        return array[:, :, along] if self.axis == 2 else array[:, along]

    @property
    def is_tiling(self) -> bool:
        """Every pixel lies in exactly one window."""
        whole = self.out == 1 and self.size == self.F
        tiles = self.F == self.S and self.size == self.out * self.S
        return self.before == 0 and (whole or tiles)

    def pixels(self, before: int = 0, after: int = 0) -> NDArray[np.int64]:
        """How many each place has, of the map with so many of its border, (out,)."""
        first = np.arange(self.out) * self.S - self.before
        return np.minimum(first + self.F, self.size + after) - np.maximum(first, -before)


class CutAxis(NamedTuple):
    """One axis of a map that is cut into `out` windows, as even as can be; they may share a pixel.

    Window o goes from floor(o size / out) up to ceil((o + 1) size / out).
    """

    axis: int
    size: int
    out: int

    def offsets(self) -> Iterator[tuple[int, slice, slice]]:
        """As of other windows, each place by itself."""
        for k in range(-(-self.size // self.out) + 1):
            for place in range(self.out):
                pixel = place * self.size // self.out + k
                if pixel < -(-(place + 1) * self.size // self.out):
                    yield k, slice(place, place + 1), slice(pixel, pixel + 1)

    def at(self, array: Array, along: slice) -> Array:
        return array[:, :, along] if self.axis == 2 else array[:, along]

    @property
    def is_tiling(self) -> bool:
        """Every pixel lies in exactly one window."""
        return self.size % self.out == 0

    def pixels(self, before: int = 0, after: int = 0) -> NDArray[np.int64]:
        """How many each place has, (out,); there is no border."""
        places = np.arange(self.out)
        return -(-(places + 1) * self.size // self.out) - places * self.size // self.out


class Cuts(NamedTuple):
    """A map of `size` that is cut into `out` windows across and down."""

    size: Extent
    out: Extent


AnyAxis: TypeAlias = Axis | CutAxis
AnyWindows: TypeAlias = Geometry | Cuts


def axes_of(geometry: AnyWindows) -> tuple[AnyAxis, AnyAxis]:
    """The windows across and down."""
    if isinstance(geometry, Cuts):
        (W, H), (out_W, out_H) = geometry
        return CutAxis(2, W, out_W), CutAxis(1, H, out_H)
    across = Axis(2, geometry.F.W, geometry.S.W, geometry.P.left, geometry.size.W, geometry.out.W)
    down = Axis(1, geometry.F.H, geometry.S.H, geometry.P.top, geometry.size.H, geometry.out.H)
    return across, down


def gather(combine: np.ufunc, neutral: float, x: Array, axis: AnyAxis, out: Array) -> Array:
    """Combines the real pixels under each window along one axis.

    Starts from an offset that every place has a pixel at, if there is one.
    """
    offsets = list(axis.offsets())
    whole = slice(0, axis.out)
    full = next((o for o in offsets if o[1] == whole), None)
    if full is None:
        out.fill(neutral)
    else:
        np.copyto(out, axis.at(x, full[2]))
    for offset in offsets:
        if offset is not full:
            part = axis.at(out, offset[1])
            combine(part, axis.at(x, offset[2]), out=part)
    return out


def scatter(dy: Array, axis: AnyAxis, out: Array) -> Array:
    """The transpose of a sum: adds each place's number to every real pixel under its window."""
    if not axis.is_tiling:
        out.fill(0)
    for _, places, at in axis.offsets():
        part, share = axis.at(out, at), axis.at(dy, places)
        if axis.is_tiling:
            np.copyto(part, share)
        else:
            part += share
    return out


def over_windows(
    workspace: Workspace,
    combine: np.ufunc,
    neutral: float,
    x: Array,
    geometry: AnyWindows,
    out: Array,
) -> Array:
    """Combines the real pixels under each window of x (n, H, W, C) into `out` (n, H2, W2, C)."""
    across, down = axes_of(geometry)
    n, H, _, C = x.shape
    narrow: Array = workspace.empty((n, H, across.out, C), x.dtype)
    gather(combine, neutral, x, across, narrow)
    return gather(combine, neutral, narrow, down, out)


def to_pixels(workspace: Workspace, dy: Array, geometry: AnyWindows, out: Array) -> Array:
    """The transpose of the sum over windows: from dy (n, H2, W2, C) to `out` (n, H, W, C)."""
    across, down = axes_of(geometry)
    n, H, _, C = out.shape
    narrow: Array = workspace.empty((n, H, across.out, C), dy.dtype)
    return scatter(scatter(dy, down, narrow), across, out)
