"""Convolution at stride 1 by Winograd's minimal filtering: fewer multiplications a place.

A map is cut into tiles of m x m places. Each needs a window of t x t pixels, t = m + F - 1; window
and filters are transformed, multiplied number by number (a product of matrices over the depth for
each of the t*t), and transformed back: y = A' [(G w G') * (B' x B)] A (Lavin and Gray 2016). With
m = 4, 36 multiplications do the work of 144 for F = 3, and 64 that of 400 for F = 5.

Both axes are transformed in turn. A row of tiles looks at whole lines, so down the columns one
product transforms a whole row of tiles; along the lines, where tiles overlap, each has its own.
What is transformed lies as t*t matrices of all tiles, (t*t, tiles, depth): they are multiplied as
they lie, and down the columns one product transforms the whole block back.
"""

from cnncli.geometry import Geometry
from cnncli.kernels.epilogue import PLAIN, Epilogue
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np

from .gemm import Sum, fewer_rows, multiply, multiply_columns, turn_filters
from .windows import Block, runs, windows_around
from .winograd_transforms import (
    ONE,
    line_blocks,
    lines_given,
    rows_of_tiles,
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
    m = tile(geometry)
    down, across = transforms(FH, m.H, x.dtype), transforms(FW, m.W, x.dtype)
    # both axes of a filter at once: a filter is small, and this is one product for all
    filters = np.kron(down.filters, across.filters)
    U: Array = workspace.empty((len(filters), C, K), W.dtype)
    multiply_columns(workspace, filters, W.reshape(-1, C * K), U.reshape(-1, C * K))
    y: Array = workspace.empty((x.shape[0], geometry.out.H, geometry.out.W, K), x.dtype)
    line_windows, rows = windows_of_lines(geometry, m), rows_of_tiles(geometry, C, K, x.itemsize)
    for block in line_blocks(line_windows, len(x), rows):
        V = _transform(workspace, down.window, across.window, x, line_windows, block, m.W)
        M: Array = workspace.empty((*V.shape[:2], K), x.dtype)
        # number by number of a tile: t*t products of (tiles, C) and (C, K)
        multiply(workspace, V, U, M)
        if b is not None:  # at the point 1 in both axes: it reaches every place of the tile
            M[ONE * len(across.window) + ONE] += b
        part = y[block.images, block.rows.start * m.H : block.rows.stop * m.H]
        _write(workspace, down.places, across.places, M, part)
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
    """Writes dW = G' (sum over tiles of (B' x B) times (A dy A')) G."""
    FH, FW, C, K = dW.shape
    m = tile(geometry)
    down, across = transforms(FH, m.H, x.dtype), transforms(FW, m.W, x.dtype)
    line_windows, line_places = windows_of_lines(geometry, m), lines_given(geometry.out, m)
    total = Sum(workspace, (len(down.window) * len(across.window), C, K), x.dtype)
    in_row = -(-geometry.out.W // m.W)
    # larger blocks than forward's: each is one more term to add
    rows = fewer_rows(workspace, 2 * rows_of_tiles(geometry, C, K, x.itemsize), in_row * C * K)
    for block in line_blocks(line_windows, len(x), rows):
        V = _transform(workspace, down.window, across.window, x, line_windows, block, m.W)
        dM = _transform(workspace, down.places.T, across.places.T, dy, line_places, block, m.W)
        total.add(V.swapaxes(1, 2), dM)
    # the sum is transformed back once, and not for every tile
    filters = np.kron(down.filters, across.filters)
    multiply_columns(workspace, filters.T, total.total.reshape(-1, C * K), dW.reshape(-1, C * K))


def _transform(
    workspace: Workspace,
    down: Array,
    across: Array,
    x: Array,
    geometry: Geometry,
    block: Block,
    step: int,
) -> Array:
    """Windows of lines of a block, transformed in both axes: (t*t, tiles, depth).

    Tiles begin at every `step`-th pixel of a line.
    """
    n, rows = (part.stop - part.start for part in block)
    # the lines of every window of the block
    shape = (len(down), n, rows, geometry.F.W, x.shape[-1])
    between: Array = workspace.empty(shape, x.dtype)
    transform_lines(down, x, geometry, block, between)
    parts = runs(between, 3, across.shape[1], step)  # (t, n, rows, tiles, pixels, depth)
    t, *_, tiles, _, depth = parts.shape
    out: Array = workspace.empty((t, len(across), n, rows, tiles, depth), x.dtype)
    np.matmul(across, parts, out=out.transpose(0, 2, 3, 4, 1, 5))
    return out.reshape(t * len(across), -1, depth)


def _write(workspace: Workspace, down: Array, across: Array, M: Array, part: Array) -> None:
    """Writes tiles (t*t, tiles, K), transformed back, to their places (n, H2, W2, K)."""
    n, H, W, K = part.shape
    (mH, tH), (mW, tW) = down.shape, across.shape
    rows, columns = -(-H // mH), -(-W // mW)
    between: Array = workspace.empty((mH, tW, n, rows, columns, K), part.dtype)
    multiply_columns(workspace, down, M.reshape(tH, -1), between.reshape(mH, -1))
    # tiles that reach beyond the places are written elsewhere first, and what is real copied
    whole = (rows * mH, columns * mW) == (H, W)
    target = part if whole else workspace.empty((n, rows * mH, columns * mW, K), part.dtype)
    np.matmul(
        across,
        between.transpose(2, 3, 0, 4, 1, 5),
        out=target.reshape(n, rows, mH, columns, mW, K),
    )
    if not whole:
        part[...] = target[:, :H, :W]
