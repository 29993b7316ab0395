"""Convolution as products of matrices, block by block in cache (im2row and GEMM).

Notation: x (N, H, W, C), filters W (F, F, C, K), y (N, H2, W2, K).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .dense import along_lines, lines, pixels
from .geometry import Extent, Geometry, Padding
from .windows import Block, Frame, gather, groups, padded_size, scatter_add
from .workspace import Workspace

Array = NDArray[np.float32]


def _is_pointwise(where: Geometry) -> bool:
    """A 1x1 convolution needs no windows: every pixel is its own."""
    return where.F == where.S == Extent(1, 1) and Padding() == where.P


def _part(array: Array, block: Block) -> Array:
    """The block's places of an output-shaped array, one row a place."""
    return pixels(array[block.images, block.rows])


def forward(workspace: Workspace, x: Array, W: Array, b: Array | None, where: Geometry) -> Array:
    """y = x's windows times the filters, plus b."""
    FH, FW, C, K = W.shape
    y: Array = workspace.empty((x.shape[0], where.out.H, where.out.W, K), x.dtype)
    filters = W.reshape(FH * FW * C, K)
    for padded, block in _blocks(workspace, x, where):
        if _is_pointwise(where):
            windows = pixels(padded)
        else:
            windows = workspace.empty((block.count(where.out.W), FH * FW * C), x.dtype)
            gather(padded, where, block.rows, windows)
        out = _part(y, block)
        np.matmul(windows, filters, out=out)
        if b is not None:
            lines(y[block.images, block.rows])[...] += along_lines(b, y)
    return y


def _blocks(workspace: Workspace, x: Array, where: Geometry) -> Iterator[tuple[Array, Block]]:
    """Some padded images at a time, and each block of places in them."""
    frame = None
    for blocks in groups(where, x.shape[0], x.shape[-1], x.itemsize):
        images = blocks[0].images
        if frame is None:  # lengths of groups differ by at most one
            frame = Frame.make(workspace, where, images.stop - images.start + 1, x)
        padded = frame.pad(x[images])
        for block in blocks:
            yield padded, block


class _Sum:
    """A sum of products over blocks, without an extra pass for the first."""

    def __init__(self, workspace: Workspace, shape: tuple[int, int], dtype: DTypeLike) -> None:
        self.total: Array = workspace.empty(shape, dtype)
        self._term: Array = workspace.empty(shape, dtype)
        self._started = False

    def add(self, a: Array, b: Array) -> None:
        """Adds a @ b."""
        np.matmul(a, b, out=self._term if self._started else self.total)
        if self._started:
            self.total += self._term
        self._started = True


def backward(
    workspace: Workspace,
    x: Array,
    W: Array,
    where: Geometry,
    dy: Array,
    *,
    dW: Array,
    needs_dx: bool,
) -> Array | None:
    """Writes dW, the windows of x times dy; returns dx, dy spread through the filters."""
    if not needs_dx:
        _weight_gradient(workspace, x, where, dy, dW)
        return None
    if _is_pointwise(where):
        return _pointwise_backward(workspace, x, W, dy, dW)
    if Extent(1, 1) == where.S:
        return _backward_by_windows_of_dy(workspace, x, W, where, dy, dW)
    return _backward_by_windows_of_x(workspace, x, W, where, dy, dW)


def _weight_gradient(workspace: Workspace, x: Array, where: Geometry, dy: Array, dW: Array) -> None:
    """dW (F, F, C, K) = sum over places of x's window times dy."""
    FH, FW, C, K = dW.shape
    total = _Sum(workspace, (FH * FW * C, K), x.dtype)
    for padded, block in _blocks(workspace, x, where):
        windows = workspace.empty((block.count(where.out.W), FH * FW * C), x.dtype)
        total.add(gather(padded, where, block.rows, windows).T, _part(dy, block))
    dW.reshape(total.total.shape)[:] = total.total


def _pointwise_backward(workspace: Workspace, x: Array, W: Array, dy: Array, dW: Array) -> Array:
    np.matmul(pixels(x).T, pixels(dy), out=dW.reshape(W.shape[2:]))
    dx: Array = workspace.empty(x.shape, x.dtype)
    np.matmul(pixels(dy), W.reshape(W.shape[2:]).T, out=pixels(dx))
    return dx


def _backward_by_windows_of_dy(
    workspace: Workspace, x: Array, W: Array, where: Geometry, dy: Array, dW: Array
) -> Array:
    """At stride 1 the windows of dy around each pixel of x serve both gradients.

    dx = windows of dy, padded by F - 1 - P, times the filters turned by 180 degrees; and the
    turned dW = x's pixels times the same windows. So there is one gathering instead of two.
    """
    FH, FW, C, K = W.shape
    P = where.P
    around = Geometry(
        where.out,
        where.F,
        where.S,
        Padding(FW - 1 - P.left, FW - 1 - P.right, FH - 1 - P.top, FH - 1 - P.bottom),
        where.size,
    )
    turned = np.ascontiguousarray(W[::-1, ::-1].transpose(0, 1, 3, 2)).reshape(FH * FW * K, C)
    total = _Sum(workspace, (C, FH * FW * K), x.dtype)
    dx: Array = workspace.empty(x.shape, x.dtype)
    for padded, block in _blocks(workspace, dy, around):
        windows = workspace.empty((block.count(around.out.W), FH * FW * K), x.dtype)
        gather(padded, around, block.rows, windows)
        np.matmul(windows, turned, out=_part(dx, block))
        total.add(_part(x, block).T, windows)
    # (C, F, F, K), turned back
    dW[:] = total.total.reshape(C, FH, FW, K)[:, ::-1, ::-1].transpose(1, 2, 0, 3)
    return dx


def _backward_by_windows_of_x(
    workspace: Workspace, x: Array, W: Array, where: Geometry, dy: Array, dW: Array
) -> Array:
    """At larger strides dy times the filters is added to the pixels of each window."""
    FH, FW, C, K = W.shape
    filters = W.reshape(FH * FW * C, K)
    total = _Sum(workspace, filters.shape, x.dtype)
    dx: Array = workspace.zeros(x.shape, x.dtype)
    width, height = padded_size(where)
    for blocks in groups(where, x.shape[0], C, x.itemsize):
        images = blocks[0].images
        frame = Frame.make(workspace, where, images.stop - images.start, x)
        padded = frame.pad(x[images])
        spread = workspace.zeros((images.stop - images.start, height, width, C), x.dtype)
        for block in blocks:
            windows = workspace.empty((block.count(where.out.W), FH * FW * C), x.dtype)
            gather(padded, where, block.rows, windows)
            total.add(windows.T, _part(dy, block))
            np.matmul(_part(dy, block), filters.T, out=windows)
            scatter_add(windows, where, block.rows, spread)
        inner, (lines, columns) = frame.inner(spread)
        dx[images, lines, columns] = inner
    dW.reshape(filters.shape)[:] = total.total
    return dx
