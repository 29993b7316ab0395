"""Pooling by sums: the average of the pixels under each window, and the root of their squares."""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncli.geometry import Extent, Geometry, Padding

from .chunks import spans
from .pooling_axis import Axis, axes_of, over_windows, to_pixels
from .workspace import Workspace

Array = NDArray[np.float32]


def _is_global(where: Geometry) -> bool:
    """One window, over the whole map."""
    return where.size == where.F and where.out == Extent(1, 1) and Padding() == where.P


def _real_pixels(axis: Axis, dtype: DTypeLike) -> Array:
    """How many real pixels each place has along the axis."""
    counts = np.zeros(axis.out, dtype)
    for _, places, _ in axis.offsets():
        counts[places] += 1
    return counts


def _weights(where: Geometry, dtype: DTypeLike) -> Array:
    """(H2, W2, 1): one over the number of real pixels under each window."""
    across, down = axes_of(where)
    counts = np.outer(_real_pixels(down, dtype), _real_pixels(across, dtype))
    return (1 / counts).astype(dtype)[:, :, None]


def average(workspace: Workspace, x: Array, where: Geometry) -> Array:
    """(N, H2, W2, C): the mean of the real pixels under each window."""
    N, H, W, C = x.shape
    y: Array = workspace.empty((N, where.out.H, where.out.W, C), x.dtype)
    if _is_global(where):
        weights = np.full((1, H * W), 1 / (H * W), x.dtype)
        np.matmul(weights, x.reshape(N, H * W, C), out=y.reshape(N, 1, C))
        return y
    weights = _weights(where, x.dtype)
    for span in spans(N, x[:1].nbytes):
        part = over_windows(workspace, np.add, 0, x[span], where, y[span])
        part *= weights
    return y


def average_backward(
    workspace: Workspace, in_shape: tuple[int, ...], where: Geometry, dy: Array
) -> Array:
    """dy in equal parts to the real pixels under each window."""
    dx: Array = workspace.empty(in_shape, dy.dtype)
    scaled = np.multiply(dy, _weights(where, dy.dtype), out=workspace.empty(dy.shape, dy.dtype))
    if _is_global(where):
        np.copyto(dx, scaled)
        return dx
    for span in spans(in_shape[0], dx[:1].nbytes):
        to_pixels(workspace, scaled[span], where, dx[span])
    return dx


def norm(workspace: Workspace, x: Array, where: Geometry) -> Array:
    """(N, H2, W2, C): the square root of the sum of squares under each window.

    The sum is in float64, where no square of a float32 number overflows or vanishes.
    """
    N, _, _, C = x.shape
    y: Array = workspace.empty((N, where.out.H, where.out.W, C), x.dtype)
    for span in spans(N, 2 * x[:1].nbytes):
        squares = workspace.empty(x[span].shape, np.float64)
        np.square(x[span], out=squares, dtype=np.float64)
        sums = workspace.empty(y[span].shape, np.float64)
        over_windows(workspace, np.add, 0, squares, where, sums)
        y[span] = np.sqrt(sums, out=sums)
    return y


def norm_backward(workspace: Workspace, x: Array, y: Array, where: Geometry, dy: Array) -> Array:
    """dx = x * the sum of dy/y over the windows above it; 0 from a window whose y is 0."""
    dx: Array = workspace.empty(x.shape, x.dtype)
    for span in spans(x.shape[0], 3 * x[:1].nbytes):
        quotients = workspace.zeros(y[span].shape, np.float64)
        np.divide(dy[span], y[span], out=quotients, where=y[span] > 0, dtype=np.float64)
        spread = workspace.empty(x[span].shape, np.float64)
        to_pixels(workspace, quotients, where, spread)
        dx[span] = np.multiply(spread, x[span], out=spread)
    return dx
