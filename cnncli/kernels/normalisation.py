"""Batch normalisation: moments of channels, and one multiply-add for each number."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .blocks import spans
from .dense import pixels
from .workspace import Workspace

Array = NDArray[np.float32]
Vector = NDArray[np.float64]


class Sums(Protocol):
    """What is asked of the communication between shards."""

    def sum(self, array: Any) -> Any:
        """The sum over all shards."""


def moments(x: Array, comm: Sums) -> tuple[float, Vector, Vector]:
    """Pixels of the whole batch, and each channel's mean and (biased) variance.

    Every piece in cache has its own mean and sum of squared differences from it; they are
    combined in float64, so that a large mean costs no digits (Chan, Golub and LeVeque 1983).
    """
    matrix = pixels(x)
    C = matrix.shape[1]
    count, mean, squares = 0, np.zeros(C), np.zeros(C)
    for span in spans(matrix.shape[0], C * matrix.itemsize):
        piece = matrix[span]
        n = piece.shape[0]
        ones = np.ones(n, piece.dtype)
        piece_mean = (ones @ piece).astype(np.float64) / n
        centred = piece - piece_mean.astype(piece.dtype)
        rest = (ones @ centred).astype(np.float64) / n
        np.multiply(centred, centred, out=centred)
        piece_mean = piece_mean.astype(piece.dtype) + rest
        piece_squares = (ones @ centred) - n * rest**2
        delta = piece_mean - mean
        squares += piece_squares + delta**2 * (count * n / (count + n))
        mean += delta * (n / (count + n))
        count += n
    sums = comm.sum(np.concatenate(([count], count * mean, squares + count * mean**2)))
    total = float(sums[0])
    mean = sums[1 : C + 1] / total
    return total, mean, np.maximum(sums[C + 1 :] / total - mean**2, 0)


def scale_shift(workspace: Workspace, x: Array, scale: NDArray[Any], shift: NDArray[Any]) -> Array:
    """y = x * scale + shift in every channel."""
    y: Array = workspace.empty(x.shape, x.dtype)
    source, target = pixels(x), pixels(y)
    scale, shift = scale.astype(x.dtype), shift.astype(x.dtype)
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
    source, upstream = pixels(x), pixels(dy)
    C = source.shape[1]
    centre = mean.astype(x.dtype)
    dbeta, dot = np.zeros(C), np.zeros(C)
    for span in spans(source.shape[0], 2 * C * x.itemsize):
        centred = source[span] - centre
        ones = np.ones(centred.shape[0], x.dtype)
        centred *= upstream[span]
        dbeta += ones @ upstream[span]
        dot += ones @ centred
    dgamma = dot * inverse_std
    whole = comm.sum(np.concatenate((dbeta, dgamma)))
    slope = gamma * inverse_std
    a = slope.astype(x.dtype)
    b = (-slope * inverse_std * whole[C:] / count).astype(x.dtype)
    c = (-slope * whole[:C] / count).astype(x.dtype)
    dx: Array = workspace.empty(x.shape, x.dtype)
    target = pixels(dx)
    for span in spans(source.shape[0], 3 * C * x.itemsize):
        piece = target[span]
        np.subtract(source[span], centre, out=piece)
        piece *= b
        piece += c
        piece += upstream[span] * a
    return dx, dgamma, dbeta
