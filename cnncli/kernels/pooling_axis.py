"""Windows along one axis of a map.

A window's maximum is the maximum over its rows of the maxima of the rows, and likewise its sum.
So both axes are handled by the same code, and F + F steps do instead of F * F.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from cnncli.geometry import Extent, Geometry
from cnncli.lazy import Array, NDArray, np

from .chunks import spans
from .workspace import Workspace

_DEEP = 16
"""Numbers of a pixel that are a row long enough for inner loops, where each is read once."""


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
    def is_scattered(self) -> bool:
        """The pixels at one offset lie one by one in memory, not in rows."""
        return self.axis == 2 and self.S > 1

    def bands(self, places: int) -> Iterator[tuple[slice, slice, Axis]]:
        """At most so many places at a time, all pixels under them, and how these lie there."""
        for some in spans(self.out, 1, places):
            first = some.start * self.S - self.before
            last = (some.stop - 1) * self.S - self.before + self.F
            seen = slice(max(first, 0), max(min(last, self.size), 0))
            of_band = self._replace(
                before=seen.start - first,
                size=max(seen.stop - seen.start, 0),
                out=some.stop - some.start,
            )
            yield some, seen, of_band

    def later_starts(self) -> range:
        """Of the first places, the offset of their first real pixel where it is not 0."""
        return range(self.before, 0, -self.S)[: self.out]

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
        for k in range(self.F):
            for place in range(self.out):
                pixel = place * self.size // self.out + k
                if pixel < -(-(place + 1) * self.size // self.out):
                    yield k, slice(place, place + 1), slice(pixel, pixel + 1)

    @property
    def F(self) -> int:
        """The most pixels that a window may have."""
        return -(-self.size // self.out) + 1

    @property
    def S(self) -> int:
        """Of places and pixels, which are given one by one."""
        return 1

    @property
    def is_scattered(self) -> bool:
        return False

    def bands(self, places: int) -> Iterator[tuple[slice, slice, CutAxis]]:
        """All places at once: some of them are not cut in the same way."""
        del places
        yield slice(None), slice(None), self

    def later_starts(self) -> range:
        """None: every window begins with a pixel."""
        return range(0)

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


def offset_bytes(axis: AnyAxis) -> int:
    """Of a whole number that is an offset in a window."""
    return next(size for size in (1, 2, 4) if 1 << 8 * size >= axis.F)


def views(workspace: Workspace, x: Array, axis: AnyAxis) -> Iterator[tuple[int, slice, Array]]:
    """For each offset in a window: which places have a pixel there, and those pixels.

    Every S-th pixel of a row is first copied beside the others, unless a pixel is deep: work on the
    copies takes a third of the time, and overlapping windows read them more than once.
    """
    copies: dict[int, Array] = {}
    deep = _DEEP if axis.F <= axis.S else 3 * _DEEP
    in_rows = not axis.is_scattered or x.shape[-1] >= deep
    for k, places, at in axis.offsets():
        if in_rows:
            yield k, places, axis.at(x, at)
            continue
        first, phase = divmod(at.start, axis.S)
        if phase not in copies:
            pixels = axis.at(x, slice(phase, None, axis.S))
            copies[phase] = workspace.empty(pixels.shape, x.dtype)
            np.copyto(copies[phase], pixels)
        yield k, places, axis.at(copies[phase], slice(first, first + places.stop - places.start))


def pairs(
    workspace: Workspace, x: Array, axis: AnyAxis, out: Array
) -> Iterator[tuple[int, slice, Array, Array]]:
    """For each offset but the first: places with a pixel there and before, what they have, and it.

    The reader combines both into `out`; a place's first pixel alone is copied here.
    """
    (_, had, most), *others = views(workspace, x, axis)
    if not others:
        np.copyto(axis.at(out, had), most)
    for k, places, pixels in others:
        start = max(had.start, places.start)
        both = slice(start, max(start, min(had.stop, places.stop)))
        for of, numbers in ((had, most), (places, pixels)):
            for alone in (slice(of.start, both.start), slice(both.stop, of.stop)):
                if alone.start < alone.stop:
                    np.copyto(axis.at(out, alone), axis.at(numbers, _within(of, alone)))
        yield k, both, axis.at(most, _within(had, both)), axis.at(pixels, _within(places, both))
        had = slice(min(had.start, places.start), max(had.stop, places.stop))
        most = axis.at(out, had)


def _within(whole: slice, part: slice) -> slice:
    return slice(part.start - whole.start, part.stop - whole.start)


def gather(workspace: Workspace, combine: np.ufunc, x: Array, axis: AnyAxis, out: Array) -> Array:
    """Combines the real pixels under each window along one axis."""
    for _, places, most, pixels in pairs(workspace, x, axis, out):
        combine(most, pixels, out=axis.at(out, places))
    return out


def first_maximum(workspace: Workspace, x: Array, axis: AnyAxis, out: Array, offset: Array) -> None:
    """The largest real pixel under each window along one axis, and at which offset it is first."""
    offset.fill(0)
    for place, k in enumerate(axis.later_starts()):
        axis.at(offset, slice(place, place + 1)).fill(k)
    for k, places, most, pixels in pairs(workspace, x, axis, out):
        found = axis.at(offset, places)
        if k == 1 and found.itemsize == 1:  # where there are zeros
            np.greater(pixels, most, out=found.view(np.bool_))
        else:
            is_later = np.greater(pixels, most, out=workspace.empty(most.shape, np.bool_))
            numbers = workspace.empty(most.shape, found.dtype)
            np.multiply(is_later.view(np.uint8), k, out=numbers, dtype=found.dtype)
            np.maximum(found, numbers, out=found)
        np.maximum(most, pixels, out=axis.at(out, places))


def to_first_maximum(
    workspace: Workspace, dy: Array, offset: Array, axis: AnyAxis, out: Array
) -> None:
    """Gives each place's number to the pixel at its offset, and adds up what a pixel is given.

    From the last offset to the first each takes what is left where it is meant, and `dy` is used
    up. Every S-th pixel is made beside the others and copied at the end, as in `views`.
    """
    phases: dict[int, Array] = {}
    for k, places, at in reversed(list(axis.offsets())):
        left, number = axis.at(dy, places), axis.at(offset, places)
        first, phase = divmod(at.start, axis.S)
        pixels = slice(first, first + places.stop - places.start)
        is_new = phase not in phases
        if is_new:
            every = axis.at(out, slice(phase, None, axis.S))
            if axis.is_scattered:
                every = workspace.empty(every.shape, dy.dtype)
            phases[phase] = every
            axis.at(every, slice(0, pixels.start)).fill(0)
            axis.at(every, slice(pixels.stop, None)).fill(0)
        target = axis.at(phases[phase], pixels)
        given = left
        if k:
            mask = number  # of 0 and 1, where something is left
            if k > 1:
                mask = np.equal(number, k, out=workspace.empty(left.shape, np.bool_))
            into = target if is_new else workspace.empty(left.shape, dy.dtype)
            given = np.multiply(left, mask, out=into)
            left -= given
        if not is_new:
            target += given
        elif not k:
            np.copyto(target, given)
    for phase in range(axis.S):
        every = axis.at(out, slice(phase, None, axis.S))
        if phase not in phases:
            every.fill(0)
        elif axis.is_scattered:
            np.copyto(every, phases[phase])


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
