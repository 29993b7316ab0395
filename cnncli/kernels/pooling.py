"""Max pooling: the largest pixel under each window."""

import numpy as np
from numpy.typing import NDArray

from cnncli.geometry import Geometry

from .chunks import PRODUCT_BYTES, spans
from .elementwise import masked
from .pooling_axis import Axis, axes_of, gather, over_windows
from .workspace import Workspace

Array = NDArray[np.float32]

Masks = list[NDArray[np.bool_]]


def maximum(workspace: Workspace, x: Array, where: Geometry) -> Array:
    """(N, H2, W2, C): the largest real pixel under each window."""
    N, _, _, C = x.shape
    y: Array = workspace.empty((N, where.out.H, where.out.W, C), x.dtype)
    for span in spans(N, x[:1].nbytes):
        over_windows(workspace, np.maximum, -np.inf, x[span], where, y[span])
    return y


def maximum_of_tiles(workspace: Workspace, x: Array, where: Geometry) -> tuple[Array, Masks]:
    """The same where windows tile the map, and for each pixel of a window but the first, where
    it is larger than all before it, in the order of rows.
    """
    F, N, C = where.F, x.shape[0], x.shape[-1]
    y: Array = workspace.empty((N, where.out.H, where.out.W, C), x.dtype)
    masks = [workspace.empty(y.shape, np.bool_) for _ in range(F.W * F.H - 1)]
    for span in spans(N, x[:1].nbytes, PRODUCT_BYTES):
        first, *others = _pixels_of_tiles(x[span], where)
        most = y[span]
        np.copyto(most, first)
        pixel = workspace.empty(most.shape, x.dtype)
        for mask, other in zip(masks, others, strict=True):
            np.copyto(pixel, other)  # a copy of strided pixels costs less than reading them twice
            np.greater(pixel, most, out=mask[span])
            np.maximum(most, pixel, out=most)
    return y, masks


def maximum_of_tiles_backward(
    workspace: Workspace, masks: Masks, where: Geometry, dy: Array
) -> Array:
    """dy goes to the last pixel that is larger than all before it: the first maximum."""
    N, C = dy.shape[0], dy.shape[-1]
    dx: Array = workspace.empty((N, where.size.H, where.size.W, C), dy.dtype)
    for span in spans(N, dx[:1].nbytes, PRODUCT_BYTES):
        first, *others = _pixels_of_tiles(dx[span], where)
        rest, given = (workspace.empty(dy[span].shape, dy.dtype) for _ in range(2))
        np.copyto(rest, dy[span])
        for mask, other in zip(reversed(masks), reversed(others), strict=True):
            masked(rest, mask[span], out=given)
            rest -= given
            np.copyto(other, given)
        np.copyto(first, rest)
    return dx


def _pixels_of_tiles(x: Array, where: Geometry) -> list[Array]:
    """For each pixel of a window, in the order of rows, that pixel of all windows."""
    F = where.F
    return [x[:, i :: F.H, j :: F.W] for i, j in np.ndindex(F.H, F.W)]


def maximum_backward(workspace: Workspace, x: Array, y: Array, where: Geometry, dy: Array) -> Array:
    """dy goes to the first maximum of each window, in the order of rows."""
    across, down = axes_of(where)
    N, H, _, C = x.shape
    dx: Array = workspace.empty(x.shape, x.dtype)
    for span in spans(N, 2 * x[:1].nbytes):
        shape = (span.stop - span.start, H, across.out, C)
        narrow: Array = workspace.empty(shape, x.dtype)
        gather(np.maximum, -np.inf, x[span], across, narrow)
        dnarrow = workspace.empty(shape, x.dtype)
        rest = workspace.empty(dy[span].shape, x.dtype)
        np.copyto(rest, dy[span])
        _give(workspace, narrow, y[span], rest, down, dnarrow)
        _give(workspace, x[span], narrow, dnarrow, across, dx[span])
    return dx


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
