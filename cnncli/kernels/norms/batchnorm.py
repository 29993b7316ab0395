"""Batch normalisation: moments of channels, and one multiply-add for each number."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, TypeAlias

from cnncli.kernels.chunks import PASS_BYTES, spans
from cnncli.kernels.dense import along_lines, line_height, lines, ones
from cnncli.kernels.epilogue import PLAIN, Epilogue
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, NDArray, np

Vector: TypeAlias = "NDArray[np.float64]"

_SUMMED = 1 << 12
"""Lines that are added in float32, at most: the rounding errors grow with them."""


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
    combined in float64, so that a large mean costs no digits (Chan, Golub and LeVeque 1983).
    """
    C, height = x.shape[-1], line_height(x)
    source = lines(x, height)
    add, line = _Adder(workspace, source, C), _line(workspace, source)
    count, mean, squares = 0, np.zeros(C), np.zeros(C)
    for span in _summation_spans(source, 1):
        piece = source[span]
        n = piece.size // C
        centre = (add.sums(piece) / n).astype(x.dtype)
        centred: Array = workspace.empty(piece.shape, x.dtype)
        np.subtract(piece, along_lines(centre, x, height, out=line), out=centred)
        rest = add.sums(centred) / n
        piece_squares = add.dots(centred, centred) - n * rest**2
        delta = centre + rest - mean
        squares += piece_squares + delta**2 * (count * n / (count + n))
        mean += delta * (n / (count + n))
        count += n
    sums = comm.sum(np.concatenate(([count], count * mean, squares + count * mean**2)))
    total = float(sums[0])
    mean = sums[1 : C + 1] / total
    return Moments(total, mean, np.maximum(sums[C + 1 :] / total - mean**2, 0))


def _summation_spans(source: Array, arrays: int) -> Iterator[slice]:
    """Pieces of lines whose sums are taken: of so many arrays they stay in cache."""
    return spans(len(source), max(arrays * source[:1].nbytes, PASS_BYTES // _SUMMED))


def _line(workspace: Workspace, source: Array) -> Array:
    """Room for a line."""
    line: Array = workspace.empty(source.shape[1:], source.dtype)
    return line


class _Adder:
    """Sums of C channels over some lines: BLAS adds the lines, float64 their pixels."""

    def __init__(self, workspace: Workspace, source: Array, C: int) -> None:
        self._line = _line(workspace, source)
        self._pixels: Vector = workspace.empty((self._line.size // C, C), np.float64)
        self._ones = ones(len(self._pixels), np.float64)

    def sums(self, piece: Array) -> Vector:
        """The sum of each channel."""
        np.matmul(ones(len(piece), piece.dtype), piece, out=self._line)
        return self._of_channels()

    def dots(self, a: Array, b: Array) -> Vector:
        """The sum of a * b in each channel."""
        np.einsum("ij,ij->j", a, b, out=self._line)
        return self._of_channels()

    def _of_channels(self) -> Vector:
        """A product is faster than a sum over columns."""
        np.copyto(self._pixels, self._line.reshape(self._pixels.shape))
        sums: Vector = self._ones @ self._pixels
        return sums


def dots(workspace: Workspace, x: Array, dy: Array) -> Vector:
    """The sum of x * dy in each channel, (C,)."""
    height = line_height(x)
    source, upstream = lines(x, height), lines(dy, height)
    add, total = _Adder(workspace, source, x.shape[-1]), np.zeros(x.shape[-1])
    for span in _summation_spans(source, 2):
        total += add.dots(source[span], upstream[span])
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
    height = line_height(x)
    source, target = lines(x, height), lines(y, height)
    scale, shift = (
        along_lines(vector, x, height, out=_line(workspace, source)) for vector in (scale, shift)
    )
    for span in spans(source.shape[0], 2 * source.shape[1] * x.itemsize):
        piece = target[span]
        np.multiply(source[span], scale, out=piece)
        piece += shift
        epilogue.rectify(piece)
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
) -> tuple[Array, Vector, Vector]:
    """dx, and this shard's sums for gamma and beta.

    With xhat = (x - mean)/std: dbeta = sum dy, dgamma = sum dy*xhat, and
    dx = gamma/std (dy - dbeta/n - xhat dgamma/n) = a dy + b (x - mean) + c, n the whole batch.
    """
    C, height = x.shape[-1], line_height(x)
    source, upstream = lines(x, height), lines(dy, height)
    centre = mean.astype(x.dtype)
    rest = mean - centre  # of a large mean it is much, beside a small deviation
    add, line = _Adder(workspace, source, C), _line(workspace, source)
    along_lines(centre, x, height, out=line)
    dx: Array = workspace.empty(x.shape, x.dtype)
    target = lines(dx, height)
    dbeta, dot = np.zeros(C), np.zeros(C)
    for span in _summation_spans(source, 2):
        centred = np.subtract(source[span], line, out=target[span])
        dbeta += add.sums(upstream[span])
        dot += add.dots(centred, upstream[span])
    dgamma = (dot - rest * dbeta) * inverse_std
    whole = comm.sum(np.concatenate((dbeta, dgamma)))
    slope = gamma * inverse_std
    by_x = -slope * inverse_std * whole[C:] / count
    constant = -slope * whole[:C] / count - by_x * rest
    a, b, c = (
        along_lines(vector, x, height, out=_line(workspace, source))
        for vector in (slope, by_x, constant)
    )
    for span in spans(source.shape[0], 3 * source.shape[1] * x.itemsize):
        piece = target[span]  # x - centre
        piece *= b
        piece += c
        scaled = workspace.empty(piece.shape, x.dtype)
        piece += np.multiply(upstream[span], a, out=scaled)
    return dx, dgamma, dbeta
