"""Batch normalisation: moments of channels, and one multiply-add for each number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, TypeAlias

from cnncli.kernels.chunks import PASS_BYTES, spans
from cnncli.kernels.dense import along_runs, ones, runs
from cnncli.kernels.elementwise import mask_gradient
from cnncli.kernels.epilogue import PLAIN, Epilogue
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, NDArray, np

Vector: TypeAlias = "NDArray[np.float64]"

_PIECE_BYTES = PASS_BYTES // 2
"""Of each of the two or three arrays that a pass goes through."""
_SUMMED = 1 << 12
"""Rows that are added in float32, at most: the rounding errors grow with them."""
_NEAR = 8
"""How many deviations a mean is from 0, at most, where nothing is subtracted before sums are taken.

It costs a variance 64 times the rounding error of a sum, and a gradient 8 times: no more than the
rounding of numbers of that size has already cost.
"""


class Sums(Protocol):
    """What is asked of the communication between shards."""

    def sum(self, array: Any) -> Any:
        """The sum over all shards."""


class Moments(NamedTuple):
    """Of channels: how many pixels the whole batch has, means and (biased) variances."""

    pixels: float
    mean: Vector
    var: Vector


def moments(workspace: Workspace, x: Array, comm: Sums) -> Moments:
    """Those of x over the whole batch.

    Every piece in cache has its own mean and sum of squared differences from it; they are
    combined in float64, so that a large mean costs no digits (Chan, Golub and LeVeque 1983). They
    are computed about the mean of the first piece, or about 0 where that is near. Of a piece far
    away from the first the differences lose digits, beside which its distance is large.
    """
    C, source = x.shape[-1], runs(x)
    add = _Adder(workspace, source, C)
    count, mean, squares = 0, np.zeros(C), np.zeros(C)
    for piece in _pieces_backward(source):
        n = source[piece].size // C
        if count == 0:
            centre = _Centre(workspace, source, add.sums(source[piece]) / n)
        centred = centre.subtract_from(source[piece])
        rest = add.sums(centred) / n
        piece_squares = add.dots(centred, centred) - n * rest**2
        delta = centre.value + rest - mean
        squares += piece_squares + delta**2 * (count * n / (count + n))
        mean += delta * (n / (count + n))
        if count == 0 and _is_near(mean, squares / n):
            centre = _Centre(workspace, source, np.zeros(C))
        count += n
    sums = comm.sum(np.concatenate(([count], count * mean, squares + count * mean**2)))
    total = float(sums[0])
    mean = sums[1 : C + 1] / total
    return Moments(total, mean, np.maximum(sums[C + 1 :] / total - mean**2, 0))


def _pieces(source: Array) -> Iterator[slice]:
    """Rows that stay in cache, and whose sums may be taken."""
    return spans(len(source), max(source[:1].nbytes, _PIECE_BYTES // _SUMMED), _PIECE_BYTES)


def _pieces_backward(source: Array) -> Iterator[slice]:
    """The last ones first: they were written last, and may still be in cache."""
    yield from reversed(list(_pieces(source)))


def _is_near(mean: Vector, var: Vector) -> bool:
    """Whether every mean is so near to 0 that numbers keep their digits beside it."""
    return bool((mean**2 <= _NEAR**2 * var).all())


class _Centre:
    """What is subtracted from each channel before sums are taken, rounded to its dtype."""

    def __init__(self, workspace: Workspace, source: Array, value: Vector) -> None:
        self.value = value.astype(source.dtype)
        self._workspace = workspace
        self._row = along_runs(workspace, self.value, source) if self.value.any() else None

    def subtract_from(self, piece: Array, out: Array | None = None) -> Array:
        """The differences, or the piece itself where there is nothing to subtract."""
        if self._row is None:
            return piece
        if out is None:
            out = self._workspace.empty(piece.shape, piece.dtype)
        return np.subtract(piece, self._row, out=out)


class _Adder:
    """Sums of C channels over some rows of runs: BLAS adds the rows, float64 their pixels."""

    def __init__(self, workspace: Workspace, source: Array, C: int) -> None:
        self._row: Array = workspace.empty(source.shape[1:], source.dtype)
        self._pixels: Vector = workspace.empty((self._row.size // C, C), np.float64)
        self._ones = ones(len(self._pixels), np.float64)

    def sums(self, piece: Array) -> Vector:
        """The sum of each channel."""
        np.matmul(ones(len(piece), piece.dtype), piece, out=self._row)
        return self._of_channels()

    def dots(self, a: Array, b: Array) -> Vector:
        """The sum of a * b in each channel."""
        np.einsum("ij,ij->j", a, b, out=self._row)
        return self._of_channels()

    def _of_channels(self) -> Vector:
        """A product is faster than a sum over columns."""
        np.copyto(self._pixels, self._row.reshape(self._pixels.shape))
        sums: Vector = self._ones @ self._pixels
        return sums


def dots(workspace: Workspace, x: Array, dy: Array) -> Vector:
    """The sum of x * dy in each channel, (C,)."""
    source, upstream = runs(x), runs(dy)
    add, total = _Adder(workspace, source, x.shape[-1]), np.zeros(x.shape[-1])
    for piece in _pieces(source):
        total += add.dots(source[piece], upstream[piece])
    return total


def scale_shift(
    workspace: Workspace,
    x: Array,
    scale: NDArray[Any],
    shift: NDArray[Any],
    epilogue: Epilogue = PLAIN,
) -> Array:
    """y = x * scale + shift in every channel; then the epilogue."""
    y: Array = workspace.empty(x.shape, x.dtype)
    source, target = runs(x), runs(y)
    scale, shift = (along_runs(workspace, vector, source) for vector in (scale, shift))
    for piece in _pieces(source):
        part = target[piece]
        np.multiply(source[piece], scale, out=part)
        part += shift
        epilogue.rectify(part)
    return y


def backward(
    workspace: Workspace,
    comm: Sums,
    x: Array,
    dy: Array,
    gamma: Array | float,
    mean: Vector,
    inverse_std: Vector,
    count: float,
    rectified: Array | None = None,
) -> tuple[Array, Vector, Vector]:
    """dx, and this shard's sums for gamma and beta.

    With xhat = (x - mean)/std: dbeta = sum dy, dgamma = sum dy*xhat, and
    dx = gamma/std (dy - dbeta/n - xhat dgamma/n) = a dy + b (x - mean) + c, n the whole batch.
    rectified: the output, where what is negative was cut off from it: dy is 0 there.
    """
    C, source, upstream = x.shape[-1], runs(x), runs(dy)
    near = _is_near(mean, inverse_std**-2)
    centre = _Centre(workspace, source, np.zeros(C) if near else mean)
    rest = mean - centre.value  # of a large mean it is much, beside a small deviation
    add = _Adder(workspace, source, C)
    dx: Array = workspace.empty(x.shape, x.dtype)
    target = runs(dx)
    dbeta, dot = np.zeros(C), np.zeros(C)
    for piece in _pieces_backward(source):
        part = upstream[piece]
        if rectified is not None:
            part = mask_gradient(workspace, runs(rectified)[piece], part, out=target[piece])
        dbeta += add.sums(part)
        dot += add.dots(centre.subtract_from(source[piece]), part)
    dgamma = (dot - rest * dbeta) * inverse_std
    whole = comm.sum(np.concatenate((dbeta, dgamma)))
    slope = gamma * inverse_std
    by_x = -slope * inverse_std * whole[C:] / count
    constant = -slope * whole[:C] / count - by_x * rest
    a, b, c = (along_runs(workspace, vector, source) for vector in (slope, by_x, constant))
    masked = upstream if rectified is None else target
    for piece in _pieces(source):
        of_x: Array = workspace.empty(source[piece].shape, x.dtype)
        np.multiply(centre.subtract_from(source[piece], out=of_x), b, out=of_x)
        of_x += c
        part = np.multiply(masked[piece], a, out=target[piece])
        part += of_x
    return dx, dgamma, dbeta
