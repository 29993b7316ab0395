"""Convolution at stride 1 by Winograd's minimal filtering: fewer multiplications a place.

A map is cut into tiles of m x m places. Each needs a window of 6 x 6 pixels; window and filters
are transformed, multiplied number by number (one product of matrices over the depth for each of
the 36), and transformed back: y = A' [(G w G') * (B' x B)] A (Lavin and Gray 2016). With F = 3, m
is 4, and 36 multiplications do the work of 144; with F = 5, m is 2, and 36 do that of 100.

The transforms of both axes are one product with a Kronecker product of 36 rows or columns. The
numbers of a tile stay together, (tiles, 36, depth): so a window is gathered in six runs, and each
transform is a small product in the core's nearest cache.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .algorithms import TILE, winograd_tiles
from .convolution import around, turned
from .dense import along_lines, lines
from .geometry import Extent, Geometry, Padding
from .products import blocks, framed, windows
from .windows import Block, Frame
from .workspace import Workspace

Array = NDArray[np.float32]

_POINTS = (0, 1, -1, 2, -2)
"""Where the polynomials are evaluated, besides infinity."""


class Transforms(NamedTuple):
    """Of windows (36, 36), filters (36, F*F) and places (m*m, 36), rows first."""

    window: Array
    filters: Array
    places: Array


@cache
def transforms(F: int, dtype: DTypeLike = np.float32) -> Transforms:
    """The transforms for filters of F x F, from Toom and Cook's multiplication of polynomials.

    A filter w and m places are evaluated at the points, w(a) and y(a), and divided by the product
    of a's distances from the other points; B' holds the coefficients of the polynomials that
    vanish at all points but one.
    """
    m = TILE - F + 1
    points = np.array(_POINTS, np.float64)
    distances = np.array([np.prod(a - points[points != a]) for a in points])
    filters = np.vstack([points[:, None] ** np.arange(F) / distances[:, None], np.eye(F)[-1:]])
    places = np.hstack([points[None] ** np.arange(m)[:, None], np.eye(m)[:, -1:]])
    roots = [points[points != a] for a in points] + [points]
    window = np.zeros((TILE, TILE))
    for row, zeros in zip(window, roots, strict=True):
        row[: len(zeros) + 1] = np.poly(zeros)[::-1]
    both = (np.kron(matrix, matrix).astype(dtype) for matrix in (window, filters, places))
    return Transforms(*both)


def forward(workspace: Workspace, x: Array, W: Array, b: Array | None, where: Geometry) -> Array:
    """y (N, H2, W2, K) = the convolution of x (N, H, W, C) with W (F, F, C, K), plus b."""
    F, K = W.shape[0], W.shape[-1]
    by = transforms(F, x.dtype)
    U = _transformed(workspace, by.filters, W)
    y: Array = workspace.empty((x.shape[0], where.out.H, where.out.W, K), x.dtype)
    biases = None if b is None else along_lines(b, y)
    here = winograd_tiles(where)
    for padded, block in blocks(workspace, x, here, max(x.shape[-1], K)):
        V = _windows(workspace, by.window, padded, here, block)
        M: Array = workspace.empty((len(V), TILE**2, K), x.dtype)
        np.matmul(V.transpose(1, 0, 2), U, out=M.transpose(1, 0, 2))
        places: Array = workspace.empty((len(V), len(by.places), K), x.dtype)
        np.matmul(by.places, M, out=places)
        part = _write(places, y, here, block)
        if biases is not None:
            lines(part)[...] += biases
    return y


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
    """Writes dW; returns dx."""
    weight_gradient(workspace, x, where, dy, dW)
    return input_gradient(workspace, W, where, dy) if needs_dx else None


def input_gradient(workspace: Workspace, W: Array, where: Geometry, dy: Array) -> Array:
    """dx: the convolution of dy with the filters turned by 180 degrees."""
    return forward(workspace, dy, turned(W, 1), None, around(where))


def weight_gradient(workspace: Workspace, x: Array, where: Geometry, dy: Array, dW: Array) -> None:
    """Writes dW = G' (sum over tiles of (B' x B) times (A dy A')) G."""
    F, C, K = dW.shape[0], dW.shape[2], dW.shape[3]
    by = transforms(F, x.dtype)
    here = winograd_tiles(where)
    there = Geometry(where.out, here.S, here.S, _rest(where.out, here), here.out)
    spread = np.ascontiguousarray(by.places.T)
    total: Array = workspace.zeros((TILE**2, C, K), x.dtype)
    term: Array = workspace.empty(total.shape, x.dtype)
    frame_of_dy = None
    for frame, shared in framed(workspace, here, x, max(C, K)):
        images = shared[0].images
        if frame_of_dy is None:
            frame_of_dy = Frame.make(workspace, there, images.stop - images.start + 1, dy)
        padded, padded_dy = frame.pad(x[images]), frame_of_dy.pad(dy[images])
        for block in shared:
            V = _windows(workspace, by.window, padded, here, block)
            dM = _windows(workspace, spread, padded_dy, there, block)
            np.matmul(V.transpose(1, 2, 0), dM.transpose(1, 0, 2), out=term)
            total += term
    np.matmul(by.filters.T, total.reshape(TILE**2, C * K), out=dW.reshape(F * F, C * K))


def _rest(out: Extent, here: Geometry) -> Padding:
    """By how much the tiles reach beyond the places."""
    return Padding(0, here.out.W * here.S.W - out.W, 0, here.out.H * here.S.H - out.H)


def _transformed(workspace: Workspace, transform: Array, W: Array) -> Array:
    """(36, C, K) from filters (F, F, C, K)."""
    C, K = W.shape[2:]
    U: Array = workspace.empty((TILE**2, C, K), W.dtype)
    np.matmul(transform, W.reshape(-1, C * K), out=U.reshape(TILE**2, C * K))
    return U


def _windows(
    workspace: Workspace, transform: Array, padded: Array, where: Geometry, block: Block
) -> Array:
    """The block's windows, (tiles, pixels, depth), transformed to (tiles, 36, depth)."""
    (rows,) = windows(workspace, padded, where, block, 1)
    depth = padded.shape[-1]
    out: Array = workspace.empty((len(rows), len(transform), depth), padded.dtype)
    np.matmul(transform, rows.reshape(len(rows), -1, depth), out=out)
    return out


def _write(places: Array, y: Array, here: Geometry, block: Block) -> Array:
    """Writes tiles (tiles, m*m, K) to their places in y; returns that part of y."""
    m, K = here.S.W, y.shape[-1]
    part = y[block.images, block.rows.start * m : block.rows.stop * m]
    n, H, W = part.shape[:3]
    down, across = block.rows.stop - block.rows.start, here.out.W
    by_tile = places.reshape(n, down, across, m, m, K)
    if (down * m, across * m) == (H, W):
        part.reshape(n, down, m, across, m, K).transpose(0, 1, 3, 2, 4, 5)[...] = by_tile
    else:
        for i in range(m):
            for j in range(m):
                target = part[:, i::m, j::m]
                target[...] = by_tile[:, : target.shape[1], : target.shape[2], i, j]
    return part
