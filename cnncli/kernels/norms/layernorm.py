"""Layer normalisation: every run of numbers gets mean 0 and variance 1 on its own.

A run is the depth column of a place, C numbers, or the whole volume of an image, H * W * C; both
lie in one piece in memory, and so they are the rows of a matrix.
"""

from __future__ import annotations

from cnncli.kernels.chunks import spans
from cnncli.kernels.dense import column_sums
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, NDArray, np


def _means(rows: Array, out: Array) -> Array:
    return np.mean(rows, axis=1, keepdims=True, out=out)


def forward(
    workspace: Workspace, x: Array, gamma: Array, beta: Array, length: int, eps: float
) -> tuple[Array, Array, Array]:
    """y = gamma (x - mean)/sqrt(var + eps) + beta, in runs of `length` numbers.

    Also returns each run's mean and 1/sqrt(var + eps), as columns.
    """
    y: Array = workspace.empty(x.shape, x.dtype)
    source, target = x.reshape(-1, length), y.reshape(-1, length)
    gammas, betas = _along(workspace, gamma, length), _along(workspace, beta, length)
    mean: Array = workspace.empty((source.shape[0], 1), x.dtype)
    inverse_std: Array = workspace.empty(mean.shape, x.dtype)
    for span in spans(source.shape[0], 3 * source[:1].nbytes):
        piece = np.subtract(source[span], _means(source[span], mean[span]), out=target[span])
        squares = np.multiply(piece, piece, out=workspace.empty(piece.shape, x.dtype))
        scale = _means(squares, inverse_std[span])
        scale += eps
        np.divide(1, np.sqrt(scale, out=scale), out=scale)
        np.copyto(scale, np.nan, where=scale == 0)  # the sum of squares overflowed
        piece *= scale
        piece *= gammas
        piece += betas
    return y, mean, inverse_std


def backward(
    workspace: Workspace, x: Array, dy: Array, gamma: Array, mean: Array, inverse_std: Array
) -> tuple[Array, NDArray[np.float64], NDArray[np.float64]]:
    """dx, and the sums for gamma and beta.

    With xhat = (x - mean)/std and g = gamma dy: dgamma = sum of dy*xhat, dbeta = sum of dy, and
    dx = (g - mean of g - xhat * mean of g*xhat)/std, the means over a run.
    """
    C = x.shape[-1]
    dx: Array = workspace.empty(x.shape, x.dtype)
    runs = mean.shape[0]
    source, upstream, target = (array.reshape(runs, -1) for array in (x, dy, dx))
    gammas = _along(workspace, gamma, source.shape[1])
    scratch: Array = workspace.empty(mean.shape, x.dtype)
    dgamma, dbeta = np.zeros(C), np.zeros(C)
    for span in spans(runs, 4 * source[:1].nbytes):
        piece = target[span]
        xhat = np.subtract(source[span], mean[span], out=workspace.empty(piece.shape, x.dtype))
        xhat *= inverse_std[span]
        np.multiply(upstream[span], xhat, out=piece)
        dgamma += column_sums(piece.reshape(-1, C))
        dbeta += column_sums(upstream[span].reshape(-1, C))
        piece *= gammas
        xhat *= _means(piece, scratch[span])
        np.multiply(upstream[span], gammas, out=piece)
        xhat += _means(piece, scratch[span])
        piece -= xhat
        piece *= inverse_std[span]
    return dx, dgamma, dbeta


def _along(workspace: Workspace, vector: Array, length: int) -> Array:
    """A vector over the channels as one over a run."""
    along: Array = workspace.empty((length,), vector.dtype)
    along.reshape(-1, vector.size)[...] = vector
    return along
