"""Products with weight matrices, and sums over rows."""

from __future__ import annotations

from functools import cache
from typing import Any

from cnncli.lazy import Array, DTypeLike, NDArray, np

from .chunks import spans
from .epilogue import PLAIN, Epilogue, add_biases
from .workspace import Workspace

_LONG_LINE = 1 << 14
"""Numbers of a row that inner loops run along, at most."""
_SUM_BYTES = 1 << 18
"""What one product with ones adds up in float32."""


def rows(x: Array) -> Array:
    """(N, H, W, C) as a matrix with one row an image."""
    return x.reshape(x.shape[0], -1)


def pixels(x: Array) -> Array:
    """(N, H, W, C) as a matrix with one row a pixel."""
    return x.reshape(-1, x.shape[-1])


def lines(x: Array, height: int = 1) -> Array:
    """(N, H, W, C) as a matrix with one row for each `height` lines of an image.

    NumPy's inner loops run along rows: over W*C numbers instead of the few of one pixel.
    """
    return x.reshape(-1, height * x.shape[-2] * x.shape[-1])


def along_lines(vector: NDArray[Any], x: Array, height: int = 1, out: Array | None = None) -> Array:
    """A vector over the channels (C,) as one over lines of x (W * C,), in the dtype of x.

    It is written to `out`, where that is given.
    """
    if out is None:
        out = np.empty(height * x.shape[-2] * x.shape[-1], x.dtype)
    np.copyto(out.reshape(-1, x.shape[-1]), vector, casting="same_kind")
    return out


def line_height(x: Array) -> int:
    """How many lines of an image to take as one, so that an inner loop is long enough.

    A row that is added to each of many costs a loop's start each time: rows of some thousands of
    numbers run at nearly the speed of whole arrays.
    """
    _, H, W, C = x.shape
    heights = (h for h in range(H, 1, -1) if H % h == 0 and h * W * C <= _LONG_LINE)
    return next(heights, 1)


def affine(
    workspace: Workspace, x: Array, W: Array, b: Array | None, epilogue: Epilogue = PLAIN
) -> Array:
    """x W + b for each image as one row; then the epilogue; (N, 1, 1, K)."""
    y: Array = workspace.empty((x.shape[0], 1, 1, W.shape[1]), x.dtype)
    np.matmul(rows(x), W, out=rows(y))
    add_biases(y, b, epilogue)
    return y


def affine_backward(
    workspace: Workspace, x: Array, W: Array, dy: Array, *, dW: Array, needs_dx: bool
) -> Array | None:
    """Writes dW = x' dy; returns dx = dy W'."""
    np.matmul(rows(x).T, rows(dy), out=dW)
    if not needs_dx:
        return None
    dx: Array = workspace.empty(x.shape, x.dtype)
    np.matmul(rows(dy), W.T, out=rows(dx))
    return dx


def ones(count: int, dtype: DTypeLike) -> NDArray[Any]:
    """(count,) ones, which add up rows in a product; they are kept, and nobody may change them."""
    return _ones(1 << (count - 1).bit_length(), np.dtype(dtype))[:count]


@cache
def _ones(count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    vector = np.ones(count, dtype)
    vector.flags.writeable = False
    return vector


def column_sums(x: Array, out: Array | None = None) -> NDArray[Any]:
    """The sum over all pixels of each channel, (C,), in `out`'s precision or float64.

    A float32 sum over leading axes adds naively; here BLAS sums pieces in cache, by a product
    with ones, and the pieces are added in float64.
    """
    matrix = pixels(x)
    total = np.zeros(matrix.shape[1], np.float64)
    for span in spans(matrix.shape[0], matrix.shape[1] * matrix.itemsize, _SUM_BYTES):
        piece = matrix[span]
        total += ones(piece.shape[0], piece.dtype) @ piece
    if out is None:
        return total
    out[:] = total
    return out
