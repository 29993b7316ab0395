"""Convolution at stride 1 by Winograd's minimal filtering down the columns only.

A row of places looks at whole lines. Every t lines are transformed into t others, from which m
lines of places come; along the lines filters slide as ever. That saves less than tiles in both
axes, but the transforms are products over whole lines: it is the faster way where the volume is
not deep. Down a column m = 4 places take 6 multiplications instead of 12 for F = 3, and 8 instead
of 20 for F = 5.

Windows that begin F pixels apart do not overlap. So the lines themselves are the matrix of every
F-th window, and F such matrices take the place of a copy of all windows. At the end of a line such
windows reach into the next one: what they give is left out.
"""

from cnncli.geometry import Extent, Geometry
from cnncli.kernels.chunks import PRODUCT_BYTES
from cnncli.kernels.dense import lines
from cnncli.kernels.epilogue import PLAIN, Epilogue
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np

from .gemm import Sum, fewer_rows, multiply, multiply_columns, turn_filters
from .windows import Block, overlapping, row_bytes, windows_around
from .winograd_transforms import (
    ONE,
    line_blocks,
    lines_given,
    tile,
    transform_lines,
    transforms,
    windows_of_lines,
)


def forward(
    workspace: Workspace,
    x: Array,
    W: Array,
    b: Array | None,
    geometry: Geometry,
    epilogue: Epilogue = PLAIN,
) -> Array:
    """y (N, H2, W2, K): x (N, H, W, C) convolved with W (F, F, C, K), plus b; then the epilogue."""
    FH, FW, C, K = W.shape
    m = tile(geometry).H
    down = transforms(FH, m, x.dtype)
    # the filters, transformed down their columns: t matrices for windows of one line
    U: Array = workspace.empty((len(down.window), FW * C, K), x.dtype)
    multiply_columns(workspace, down.filters, W.reshape(FH, -1), U.reshape(len(U), -1))
    y: Array = workspace.empty((x.shape[0], geometry.out.H, geometry.out.W, K), x.dtype)
    line_windows = windows_of_lines(geometry, Extent(1, m))
    # added to one of the t lines before they are transformed back, it reaches every place
    biases = None if b is None else np.tile(b.astype(x.dtype), line_windows.F.W)
    for block in line_blocks(line_windows, len(x), _rows(line_windows, C, K, x.itemsize)):
        V, of_x = _room(workspace, len(U), line_windows, block, FW, x)
        M, of_lines = _room(workspace, len(U), line_windows, block, FW, y)
        transform_lines(down.window, x, line_windows, block, of_x)
        multiply(workspace, _apart(V, FW), U[:, None], _by_first(M, FW))
        if biases is not None:
            lines(of_lines[ONE])[...] += biases
        part = y[block.images, block.rows.start * m : block.rows.stop * m]
        _write(workspace, down.places, of_lines[:, :, :, : geometry.out.W], part)
        epilogue.rectify(part)
    return y


def backward(
    workspace: Workspace, x: Array, W: Array, geometry: Geometry, dy: Array, dW: Array
) -> Array:
    """Writes dW; returns dx, the convolution of dy with the filters turned by 180 degrees."""
    weight_gradient(workspace, x, geometry, dy, dW)
    return forward(workspace, dy, turn_filters(workspace, W, 1), None, windows_around(geometry))


def weight_gradient(
    workspace: Workspace, x: Array, geometry: Geometry, dy: Array, dW: Array
) -> None:
    """Writes dW = G' (sum over places of the windows of B' x times A dy)."""
    FH, FW, C, K = dW.shape
    m = Extent(1, tile(geometry).H)
    down = transforms(FH, m.H, x.dtype)
    line_windows, line_places = windows_of_lines(geometry, m), lines_given(geometry.out, m)
    total = Sum(workspace, (len(down.window), FW, FW * C, K), x.dtype)
    rows = fewer_rows(workspace, _rows(line_windows, C, K, x.itemsize), line_windows.F.W * C * K)
    for block in line_blocks(line_windows, len(x), rows):
        V, of_x = _room(workspace, len(down.window), line_windows, block, FW, x)
        dM, of_dy = _room(workspace, len(down.window), line_windows, block, FW, dy)
        transform_lines(down.window, x, line_windows, block, of_x)
        transform_lines(down.places.T, dy, line_places, block, of_dy[:, :, :, : geometry.out.W])
        of_dy[:, :, :, geometry.out.W :] = 0
        total.add(_apart(V, FW).swapaxes(2, 3), _by_first(dM, FW))
    summed: Array = workspace.empty((len(down.window), FW * C, K), x.dtype)
    np.add.reduce(total.total, axis=1, out=summed)
    multiply_columns(workspace, down.filters.T, summed.reshape(len(summed), -1), dW.reshape(FH, -1))


def _rows(line_windows: Geometry, C: int, K: int, itemsize: int) -> int:
    """Rows of windows whose lines, transformed before and after the product, fit into the cache."""
    return max(2 * PRODUCT_BYTES // row_bytes(line_windows, C + K, itemsize), 1)


def _room(
    workspace: Workspace, t: int, geometry: Geometry, block: Block, F: int, like: Array
) -> tuple[Array, Array]:
    """(t, pixels, depth) for the lines of a block's windows, one after another; and these lines.

    After them come zeros: F - 1, so that a window of F pixels can begin at every pixel, and as many
    more as a multiple of F is short of. The lines are (t, n, rows, width, depth).
    """
    n, rows = (part.stop - part.start for part in block)
    depth, pixels = like.shape[-1], n * rows * geometry.F.W
    room: Array = workspace.empty((t, pixels + -pixels % F + F - 1, depth), like.dtype)
    room[:, pixels:] = 0
    return room, room[:, :pixels].reshape(t, n, rows, geometry.F.W, depth)


def _apart(V: Array, F: int) -> Array:
    """For each of F pixels to begin at, windows that do not overlap: (t, F, count, F*C)."""
    t, pixels, C = V.shape
    count = (pixels - F + 1) // F
    per_t, per_pixel, item = V.strides
    shape, strides = (t, F, count, F * C), (per_t, per_pixel, F * per_pixel, item)
    return overlapping(V, shape, strides)


def _by_first(M: Array, F: int) -> Array:
    """The places of those windows, (t, F, count, K)."""
    t, pixels, K = M.shape
    return M[:, : pixels - F + 1].reshape(t, -1, F, K).swapaxes(1, 2)


def _write(workspace: Workspace, down: Array, M: Array, part: Array) -> None:
    """Writes lines (t, n, rows, W2, K), transformed back, to their places (n, H2, W2, K)."""
    n, H, W, K = part.shape
    m, rows = len(down), M.shape[2]
    whole = rows * m == H
    target = part if whole else workspace.empty((n, rows * m, W, K), part.dtype)
    of_lines = M.transpose(1, 2, 0, 3, 4).reshape(n, rows, len(M), W * K)
    multiply_columns(workspace, down, of_lines, target.reshape(n, rows, m, W * K))
    if not whole:
        part[...] = target[:, :H]
