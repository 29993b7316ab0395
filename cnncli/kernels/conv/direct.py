"""Convolution as products of matrices, block by block in cache (im2row and GEMM).

Notation: x (N, H, W, C), filters W (F, F, C/G, K) in G groups, y (N, H2, W2, K). The first K/G
filters see the first C/G channels, and so on; with one group it is the usual convolution.
"""

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.dense import along_lines, pixels
from cnncli.kernels.epilogue import PLAIN, Cut, Epilogue, add_biases
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array

from .gemm import (
    Sum,
    blocks,
    filters_by_group,
    merge_groups,
    multiply,
    part,
    separate_groups,
    turn_filters,
    windows,
)
from .strided_gradient import strided_input_gradient
from .windows import windows_around


def forward(
    workspace: Workspace,
    x: Array,
    W: Array,
    b: Array | None,
    geometry: Geometry,
    epilogue: Epilogue = PLAIN,
    cut: Cut | None = None,
) -> Array:
    """y = x's windows times the filters, plus b; then the epilogue.

    cut: what is done to x before.
    """
    W = merge_groups(workspace, W, x.shape[-1] // W.shape[2])
    groups = x.shape[-1] // W.shape[2]
    y: Array = workspace.empty((x.shape[0], geometry.out.H, geometry.out.W, W.shape[-1]), x.dtype)
    filters = filters_by_group(W, groups)
    biases = None if b is None else along_lines(b, y)
    of_pixels = None
    if cut and Extent(1, 1) == geometry.F:  # it is done where they are in cache
        of_pixels, cut = cut.along(geometry.out.W), None
    for padded, block in blocks(workspace, x, geometry, cut):
        rows = windows(workspace, padded, geometry, block, groups)
        if of_pixels:
            source, rows = rows, workspace.empty(rows.shape, x.dtype)
            lines = (-1, geometry.out.W, x.shape[-1])
            of_pixels.copy(source.reshape(lines), rows.reshape(lines))
        multiply(workspace, rows, filters, part(y, block, groups))
        add_biases(y[block.images, block.rows], biases, epilogue)
    return y


def backward(
    workspace: Workspace, x: Array, W: Array, geometry: Geometry, dy: Array, dW: Array
) -> Array:
    """Writes dW, the windows of x times dy; returns dx, dy taken back through the filters."""
    groups = x.shape[-1] // W.shape[2]
    wide = merge_groups(workspace, W, groups)
    if wide is not W:
        wide_dW: Array = workspace.empty(wide.shape, wide.dtype)
        dx = backward(workspace, x, wide, geometry, dy, wide_dW)
        separate_groups(wide_dW, groups, dW)
        return dx
    # one product is the whole convolution where every pixel is its own window
    if groups == 1 and geometry.F == geometry.S == Extent(1, 1) and Padding() == geometry.P:
        return _pointwise_backward(workspace, x, W, dy, dW)
    if Extent(1, 1) == geometry.S:
        return _backward_by_windows_of_dy(workspace, x, W, geometry, dy, dW)
    weight_gradient(workspace, x, geometry, dy, dW)
    return strided_input_gradient(workspace, W, geometry, dy, x.shape)


def weight_gradient(
    workspace: Workspace, x: Array, geometry: Geometry, dy: Array, dW: Array
) -> None:
    """Writes dW (F, F, C/G, K) = sum over places of x's window times dy."""
    groups = x.shape[-1] // dW.shape[2]
    wide = merge_groups(workspace, dW, groups)  # for its shape: every number is overwritten
    if wide is not dW:
        weight_gradient(workspace, x, geometry, dy, wide)
        separate_groups(wide, groups, dW)
        return
    gradient = filters_by_group(dW, groups)
    total = Sum(workspace, gradient.shape, x.dtype, gradient)
    for padded, block in blocks(workspace, x, geometry):
        rows = windows(workspace, padded, geometry, block, groups)
        total.add(rows.swapaxes(1, 2), part(dy, block, groups))


def _pointwise_backward(workspace: Workspace, x: Array, W: Array, dy: Array, dW: Array) -> Array:
    total = Sum(workspace, W.shape[2:], x.dtype, dW.reshape(W.shape[2:]))
    total.add(pixels(x).T, pixels(dy))
    dx: Array = workspace.empty(x.shape, x.dtype)
    multiply(workspace, pixels(dy), W.reshape(W.shape[2:]).T, pixels(dx))
    return dx


def _backward_by_windows_of_dy(
    workspace: Workspace, x: Array, W: Array, geometry: Geometry, dy: Array, dW: Array
) -> Array:
    """At stride 1 the windows of dy around each pixel of x serve both gradients.

    dx = windows of dy times the filters turned by 180 degrees; and the turned dW = x's pixels
    times the same windows. So there is one gathering instead of two.
    """
    FH, FW, depth, K = W.shape
    groups = x.shape[-1] // depth
    dy_geometry = windows_around(geometry)
    filters = filters_by_group(turn_filters(workspace, W, groups), groups)
    total = Sum(workspace, (groups, depth, FH * FW * K // groups), x.dtype)
    dx: Array = workspace.empty(x.shape, x.dtype)
    for padded, block in blocks(workspace, dy, dy_geometry):
        rows = windows(workspace, padded, dy_geometry, block, groups)
        multiply(workspace, rows, filters, part(dx, block, groups))
        total.add(part(x, block, groups).swapaxes(1, 2), rows)
    # (G, C/G, F, F, K/G), turned back
    turned_dW = total.total.reshape(groups, depth, FH, FW, K // groups)[:, :, ::-1, ::-1]
    dW.reshape(FH, FW, depth, groups, K // groups)[...] = turned_dW.transpose(2, 3, 1, 0, 4)
    return dx
