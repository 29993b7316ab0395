"""Pooling: maxima and averages of windows, one axis after the other.

A window's maximum is the maximum over its rows of the maxima of the rows, so both axes are
handled by the same code, and F + F comparisons do instead of F * F.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .blocks import spans
from .elementwise import masked
from .geometry import Geometry
from .workspace import Workspace

Array = NDArray[np.float32]


class _Axis(NamedTuple):
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
        return self.F == self.S and self.before == 0 and self.size == self.out * self.S


def _axes(where: Geometry) -> tuple[_Axis, _Axis]:
    across = _Axis(2, where.F.W, where.S.W, where.P.left, where.size.W, where.out.W)
    down = _Axis(1, where.F.H, where.S.H, where.P.top, where.size.H, where.out.H)
    return across, down


def _axis_maximum(x: Array, axis: _Axis, out: Array) -> Array:
    """Starts from an offset that every place has a pixel at, if there is one."""
    offsets = list(axis.offsets())
    whole = slice(0, axis.out)
    full = next((o for o in offsets if o[1] == whole), None)
    if full is None:
        out.fill(-np.inf)
    else:
        np.copyto(out, axis.at(x, full[2]))
    for offset in offsets:
        if offset is not full:
            part = axis.at(out, offset[1])
            np.maximum(part, axis.at(x, offset[2]), out=part)
    return out


def _axis_maximum_backward(
    workspace: Workspace, x: Array, y: Array, rest: Array, axis: _Axis, dx: Array
) -> Array:
    """Gives each place's gradient to the first of its maxima; `rest` is used up.

    After a place has given its gradient away, there are zeros left for later offsets.
    """
    if not axis.is_tiling:
        dx.fill(0)
    for _, places, at in axis.offsets():
        left, target = axis.at(rest, places), axis.at(dx, at)
        mask = workspace.empty(left.shape, np.bool_)
        np.equal(axis.at(x, at), axis.at(y, places), out=mask)
        if axis.is_tiling:
            given = masked(left, mask, out=target)
        else:
            given = masked(left, mask, out=workspace.empty(left.shape, left.dtype))
            target += given
        left -= given
    return dx


def maximum(workspace: Workspace, x: Array, where: Geometry) -> Array:
    """(N, H2, W2, C): the largest real pixel under each window."""
    across, down = _axes(where)
    N, H, _, C = x.shape
    y: Array = workspace.empty((N, down.out, across.out, C), x.dtype)
    for span in spans(N, x[:1].nbytes):
        narrow = workspace.empty((span.stop - span.start, H, across.out, C), x.dtype)
        _axis_maximum(x[span], across, narrow)
        _axis_maximum(narrow, down, y[span])
    return y


def maximum_backward(workspace: Workspace, x: Array, y: Array, where: Geometry, dy: Array) -> Array:
    """dy goes to the first maximum of each window, in the order of rows."""
    across, down = _axes(where)
    N, H, _, C = x.shape
    dx: Array = workspace.empty(x.shape, x.dtype)
    for span in spans(N, 2 * x[:1].nbytes):
        shape = (span.stop - span.start, H, across.out, C)
        narrow = _axis_maximum(x[span], across, workspace.empty(shape, x.dtype))
        dnarrow = workspace.empty(shape, x.dtype)
        rest = workspace.empty(dy[span].shape, x.dtype)
        np.copyto(rest, dy[span])
        _axis_maximum_backward(workspace, narrow, y[span], rest, down, dnarrow)
        _axis_maximum_backward(workspace, x[span], narrow, dnarrow, across, dx[span])
    return dx


def _real_pixels(axis: _Axis, dtype: DTypeLike) -> Array:
    """How many real pixels each place has along the axis."""
    counts = np.zeros(axis.out, dtype)
    for _, places, _ in axis.offsets():
        counts[places] += 1
    return counts


def _weights(where: Geometry, dtype: DTypeLike) -> Array:
    """(H2, W2, 1): one over the number of real pixels under each window."""
    across, down = _axes(where)
    counts = np.outer(_real_pixels(down, dtype), _real_pixels(across, dtype))
    return (1 / counts).astype(dtype)[:, :, None]


def average(workspace: Workspace, x: Array, where: Geometry) -> Array:
    """(N, H2, W2, C): the mean of the real pixels under each window."""
    across, down = _axes(where)
    N, H, _, C = x.shape
    y: Array = workspace.zeros((N, down.out, across.out, C), x.dtype)
    weights = _weights(where, x.dtype)
    for span in spans(N, x[:1].nbytes):
        narrow = workspace.zeros((span.stop - span.start, H, across.out, C), x.dtype)
        for _, places, at in across.offsets():
            narrow[:, :, places] += x[span, :, at]
        for _, places, at in down.offsets():
            y[span, places] += narrow[:, at]
        y[span] *= weights
    return y


def average_backward(
    workspace: Workspace, in_shape: tuple[int, ...], where: Geometry, dy: Array
) -> Array:
    """dy in equal parts to the real pixels under each window."""
    across, down = _axes(where)
    N, H, _, C = in_shape
    dx: Array = workspace.zeros(tuple(in_shape), dy.dtype)
    weights = _weights(where, dy.dtype)
    for span in spans(N, dx[:1].nbytes):
        dnarrow = workspace.zeros((span.stop - span.start, H, across.out, C), dy.dtype)
        scaled = dy[span] * weights
        for _, places, at in down.offsets():
            dnarrow[:, at] += scaled[:, places]
        for _, places, at in across.offsets():
            dx[span, :, at] += dnarrow[:, :, places]
    return dx
