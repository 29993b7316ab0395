"""Transposed convolution: what a convolution does to gradients, as a layer of its own.

Notation: x (N, H, W, C), y (N, H2, W2, K), filters W (F, F, K/G, C) in G groups: those of the
convolution that would make x of y. `geometry` says where its windows lie on y: x's pixels are their
places.
"""

from cnncli.geometry import Extent, Geometry
from cnncli.kernels.dense import along_lines, lines
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np

from . import direct
from .gemm import Sum, blocks, by_group, part, turn_filters, windows
from .strided_gradient import strided_input_gradient
from .windows import windows_around


def forward(
    workspace: Workspace, x: Array, W: Array, b: Array | None, groups: int, geometry: Geometry
) -> Array:
    """y = every pixel of x times the filters, added up where they overlap, plus b."""
    if Extent(1, 1) == geometry.S:
        filters = turn_filters(workspace, W, groups)
        return direct.forward(workspace, x, filters, b, windows_around(geometry))
    shape = (len(x), geometry.size.H, geometry.size.W, groups * W.shape[2])
    y = strided_input_gradient(workspace, W, geometry, x, shape)
    if b is not None:
        lines(y)[...] += along_lines(b, y)
    return y


def backward(
    workspace: Workspace, x: Array, W: Array, geometry: Geometry, dy: Array, dW: Array
) -> Array:
    """Writes dW, the windows of dy times x; returns dx, dy convolved with the filters.

    The same windows serve both.
    """
    groups = dy.shape[-1] // W.shape[2]
    filters = by_group(W.reshape(-1, W.shape[3]), groups)
    total = Sum(workspace, filters.shape, x.dtype)
    dx: Array = workspace.empty(x.shape, x.dtype)
    for padded, block in blocks(workspace, dy, geometry):
        rows = windows(workspace, padded, geometry, block, groups)
        total.add(rows.swapaxes(1, 2), part(x, block, groups))
        np.matmul(rows, filters, out=part(dx, block, groups))
    by_group(dW.reshape(-1, W.shape[3]), groups)[...] = total.total
    return dx


def weight_gradient(
    workspace: Workspace, x: Array, geometry: Geometry, dy: Array, dW: Array
) -> None:
    """Writes dW: the convolution's, whose input is this one's output."""
    direct.weight_gradient(workspace, dy, geometry, x, dW)
