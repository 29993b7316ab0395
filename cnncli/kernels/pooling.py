"""Max pooling: the largest pixel under each window."""

import numpy as np
from numpy.typing import NDArray

from .blocks import spans
from .elementwise import masked
from .geometry import Geometry
from .pooling_axis import Axis, axes_of, gather, over_windows
from .workspace import Workspace

Array = NDArray[np.float32]

_TILE = 16
"""Pixels of a window up to which windows that tile the map are handled in both axes at once."""


def maximum(workspace: Workspace, x: Array, where: Geometry) -> Array:
    """(N, H2, W2, C): the largest real pixel under each window."""
    N, _, _, C = x.shape
    y: Array = workspace.empty((N, where.out.H, where.out.W, C), x.dtype)
    for span in spans(N, x[:1].nbytes):
        over_windows(workspace, np.maximum, -np.inf, x[span], where, y[span])
    return y


def maximum_backward(workspace: Workspace, x: Array, y: Array, where: Geometry, dy: Array) -> Array:
    """dy goes to the first maximum of each window, in the order of rows."""
    across, down = axes_of(where)
    N, H, _, C = x.shape
    dx: Array = workspace.empty(x.shape, x.dtype)
    tiles = across.is_tiling and down.is_tiling and where.F.W * where.F.H <= _TILE
    for span in spans(N, 2 * x[:1].nbytes):
        if tiles:
            _give_tiles(workspace, x[span], y[span], dy[span], where, dx[span])
            continue
        shape = (span.stop - span.start, H, across.out, C)
        narrow: Array = workspace.empty(shape, x.dtype)
        gather(np.maximum, -np.inf, x[span], across, narrow)
        dnarrow = workspace.empty(shape, x.dtype)
        rest = workspace.empty(dy[span].shape, x.dtype)
        np.copyto(rest, dy[span])
        _give(workspace, narrow, y[span], rest, down, dnarrow)
        _give(workspace, x[span], narrow, dnarrow, across, dx[span])
    return dx


def _give_tiles(
    workspace: Workspace, x: Array, y: Array, dy: Array, where: Geometry, dx: Array
) -> None:
    """The same where every pixel lies in one window: pixel by pixel of all windows at once."""
    F = where.F
    rest = workspace.empty(dy.shape, dy.dtype)
    np.copyto(rest, dy)
    mask = workspace.empty(dy.shape, np.bool_)
    for i, j in np.ndindex(F.H, F.W):
        at = (slice(None), slice(i, None, F.H), slice(j, None, F.W))
        np.equal(x[at], y, out=mask)
        rest -= masked(rest, mask, out=dx[at])


def _give(workspace: Workspace, x: Array, y: Array, rest: Array, axis: Axis, dx: Array) -> Array:
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
