"""Products with weight matrices, and sums over rows."""

from __future__ import annotations

from functools import cache
from typing import Any

from cnncli.lazy import Array, DTypeLike, NDArray, np

from .chunks import spans
from .epilogue import PLAIN, Epilogue, add_biases
from .workspace import Workspace

_RUN = 1 << 12
"""Numbers of a row that inner loops run along, at most: a vector over it stays in level-1 cache."""
_SUM_BYTES = 1 << 18
"""What one product with ones adds up in float32."""


def rows(x: Array) -> Array:
    """(N, H, W, C) as a matrix with one row an image."""
    return x.reshape(x.shape[0], -1)


def pixels(x: Array) -> Array:
    """(N, H, W, C) as a matrix with one row a pixel."""
    return x.reshape(-1, x.shape[-1])


def lines(x: Array) -> Array:
    """(N, H, W, C) as a matrix with one row for each line of an image.

    NumPy's inner loops run along rows: over W*C numbers instead of the few of one pixel.
    """
    return x.reshape(-1, x.shape[-2] * x.shape[-1])


def along_lines(vector: NDArray[Any], x: Array) -> Array:
    """A vector over the channels (C,) as one over lines of x (W * C,), in the dtype of x."""
    out: Array = np.empty(x.shape[-2] * x.shape[-1], x.dtype)
    return _repeat(vector, out)


def runs(x: Array) -> Array:
    """(N, H, W, C) as a matrix whose rows are as many whole pixels as inner loops like to have.

    A row that is added to each of many costs a loop's start each time: rows of some thousands of
    numbers run at nearly the speed of whole arrays.
    """
    C = x.shape[-1]
    return x.reshape(-1, _pixels_of_run(x.size // C, C) * C)


@cache
def _pixels_of_run(pixels: int, C: int) -> int:
    """The largest divisor of `pixels` with which a run is short enough, or 1."""
    longest = max(min(_RUN // C, pixels), 1)
    return next(count for count in range(longest, 0, -1) if pixels % count == 0)


def along_runs(workspace: Workspace, vector: NDArray[Any], of_runs: Array) -> Array:
    """A vector over the channels (C,) as one over a row of `runs`, in their dtype."""
    return _repeat(vector, workspace.empty(of_runs.shape[1:], of_runs.dtype))


def _repeat(vector: NDArray[Any], out: Array) -> Array:
    np.copyto(out.reshape(-1, len(vector)), vector, casting="same_kind")
    return out


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
