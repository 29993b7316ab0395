"""Batch normalisation: moments of channels, and one multiply-add for each number."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .blocks import spans
from .dense import along_lines, line_height, lines
from .workspace import Workspace

Array = NDArray[np.float32]
Vector = NDArray[np.float64]


class Sums(Protocol):
    """What is asked of the communication between shards."""

    def sum(self, array: Any) -> Any:
        """The sum over all shards."""


def moments(workspace: Workspace, x: Array, comm: Sums) -> tuple[float, Vector, Vector]:
    """Pixels of the whole batch, and each channel's mean and (biased) variance.

    Every piece in cache has its own mean and sum of squared differences from it; they are
    combined in float64, so that a large mean costs no digits (Chan, Golub and LeVeque 1983).
    """
    C, height = x.shape[-1], line_height(x)
    source = lines(x, height)
    count, mean, squares = 0, np.zeros(C), np.zeros(C)
    for span in spans(source.shape[0], source.shape[1] * x.itemsize):
        piece = source[span]
        n = piece.size // C
        centre = (_sums(piece, C) / n).astype(x.dtype)
        centred: Array = workspace.empty(piece.shape, x.dtype)
        np.subtract(piece, along_lines(centre, x, height), out=centred)
        rest = _sums(centred, C) / n
        piece_squares = _dots(centred, centred, C) - n * rest**2
        delta = centre + rest - mean
        squares += piece_squares + delta**2 * (count * n / (count + n))
        mean += delta * (n / (count + n))
        count += n
    sums = comm.sum(np.concatenate(([count], count * mean, squares + count * mean**2)))
    total = float(sums[0])
    mean = sums[1 : C + 1] / total
    return total, mean, np.maximum(sums[C + 1 :] / total - mean**2, 0)


def _sums(piece: Array, C: int) -> Vector:
    """The sum of each channel over some lines: BLAS adds the lines, float64 their pixels."""
    return _of_channels(np.ones(piece.shape[0], piece.dtype) @ piece, C)


def _dots(a: Array, b: Array, C: int) -> Vector:
    """The sum of a * b in each channel over some lines."""
    return _of_channels(np.einsum("ij,ij->j", a, b), C)


def _of_channels(line: Array, C: int) -> Vector:
    """The sums over the pixels of a line, in float64: a product, faster than a sum over columns."""
    pixels = line.reshape(-1, C).astype(np.float64)
    sums: Vector = np.ones(len(pixels)) @ pixels
    return sums


def scale_shift(workspace: Workspace, x: Array, scale: NDArray[Any], shift: NDArray[Any]) -> Array:
    """y = x * scale + shift in every channel."""
    y: Array = workspace.empty(x.shape, x.dtype)
    height = line_height(x)
    source, target = lines(x, height), lines(y, height)
    scale, shift = along_lines(scale, x, height), along_lines(shift, x, height)
    for span in spans(source.shape[0], 2 * source.shape[1] * x.itemsize):
        piece = target[span]
        np.multiply(source[span], scale, out=piece)
        piece += shift
    return y


def backward(
    workspace: Workspace,
    comm: Sums,
    x: Array,
    dy: Array,
    gamma: Array,
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
    centre = along_lines(mean, x, height)
    dx: Array = workspace.empty(x.shape, x.dtype)
    target = lines(dx, height)
    dbeta, dot = np.zeros(C), np.zeros(C)
    for span in spans(source.shape[0], 2 * source.shape[1] * x.itemsize):
        centred = np.subtract(source[span], centre, out=target[span])
        dbeta += _sums(upstream[span], C)
        dot += _dots(centred, upstream[span], C)
    dgamma = dot * inverse_std
    whole = comm.sum(np.concatenate((dbeta, dgamma)))
    slope = gamma * inverse_std
    a = along_lines(slope, x, height)
    b = along_lines(-slope * inverse_std * whole[C:] / count, x, height)
    c = along_lines(-slope * whole[:C] / count, x, height)
    for span in spans(source.shape[0], 3 * source.shape[1] * x.itemsize):
        piece = target[span]  # x - mean
        piece *= b
        piece += c
        scaled = workspace.empty(piece.shape, x.dtype)
        piece += np.multiply(upstream[span], a, out=scaled)
    return dx, dgamma, dbeta
