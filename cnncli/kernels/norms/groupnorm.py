"""Group normalisation: each image's groups of channels get mean 0 and variance 1 on their own.

The numbers of a group lie apart in memory. So sums are taken by channel, (n, C), put together by
group, and what follows for each channel of each image is laid along the lines of its map.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnncli.kernels.chunks import spans
from cnncli.kernels.dense import ones
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, NDArray, np


def forward(
    workspace: Workspace, x: Array, gamma: Array, beta: Array, groups: int, eps: float
) -> tuple[Array, Array, Array]:
    """y = gamma (x - mean)/sqrt(var + eps) + beta.

    Also returns the mean and 1/sqrt(var + eps) of each image's groups, (N, groups).
    """
    y: Array = workspace.empty(x.shape, x.dtype)
    mean: Array = workspace.empty((len(x), groups), x.dtype)
    inverse_std: Array = workspace.empty(mean.shape, x.dtype)
    size = x[0].size // groups
    for span in _image_spans(x, 2):
        source, target = _by_line(x[span]), _by_line(y[span])
        np.divide(_by_group(_sums(source, x), groups), size, out=mean[span])
        np.subtract(source, _along(workspace, mean[span], x), out=target)
        squares = np.multiply(target, target, out=workspace.empty(target.shape, x.dtype))
        scale = inverse_std[span]
        np.divide(_by_group(_sums(squares, x), groups), size, out=scale)
        scale += eps
        np.divide(1, np.sqrt(scale, out=scale), out=scale)
        np.copyto(scale, np.nan, where=scale == 0)  # the sum of squares overflowed
        target *= _along(workspace, _by_channel(scale, x) * gamma, x)
        target += _along(workspace, np.broadcast_to(beta, (1, beta.size)), x)
    return y, mean, inverse_std


def backward(
    workspace: Workspace, x: Array, dy: Array, gamma: Array, mean: Array, inverse_std: Array
) -> tuple[Array, NDArray[np.float64], NDArray[np.float64]]:
    """dx, and the sums for gamma and beta.

    With xhat = (x - mean)/std and g = gamma dy: dgamma = sum of dy*xhat, dbeta = sum of dy, and
    dx = (g - mean of g - xhat * mean of g*xhat)/std, the means over a group: a dy + b (x - mean)
    + c of each channel of each image.
    """
    dx: Array = workspace.empty(x.shape, x.dtype)
    groups = mean.shape[1]
    size = x[0].size // groups
    dgamma, dbeta = np.zeros(x.shape[-1]), np.zeros(x.shape[-1])
    for span in _image_spans(x, 3):
        source, upstream, target = (_by_line(array[span]) for array in (x, dy, dx))
        inverse = inverse_std[span].astype(np.float64)
        centred = np.subtract(source, _along(workspace, mean[span], x), out=target)
        products = workspace.empty(centred.shape, x.dtype)
        dots = _sums(np.multiply(centred, upstream, out=products), x) * _by_channel(inverse, x)
        totals = _sums(upstream, x)
        dgamma += dots.sum(axis=0)
        dbeta += totals.sum(axis=0)
        mean_g, mean_gx = (_by_group(gamma * sums, groups) / size for sums in (totals, dots))
        centred *= _along(workspace, -(inverse**2) * mean_gx, x)
        centred += _along(workspace, -inverse * mean_g, x)
        slope = _along(workspace, _by_channel(inverse, x) * gamma, x)
        centred += np.multiply(upstream, slope, out=products)
    return dx, dgamma, dbeta


def _image_spans(x: Array, arrays: int) -> Iterator[slice]:
    """Images of which so many arrays stay in cache."""
    return spans(len(x), arrays * x[:1].nbytes)


def _by_line(x: Array) -> Array:
    """(n, H, W, C) as (n, H, W*C): inner loops run along lines."""
    return x.reshape(*x.shape[:2], -1)


def _sums(by_line: Array, x: Array) -> NDArray[np.float64]:
    """Of each channel of each image, (n, C): BLAS adds the lines, float64 their pixels."""
    line = np.matmul(ones(by_line.shape[1], by_line.dtype), by_line)
    pixels = line.reshape(len(line), -1, x.shape[-1])
    sums: NDArray[np.float64] = pixels.sum(axis=1, dtype=np.float64)
    return sums


def _by_group(sums: NDArray[np.float64], groups: int) -> NDArray[np.float64]:
    """Sums of channels (n, C) as those of groups (n, groups)."""
    total: NDArray[np.float64] = sums.reshape(len(sums), groups, -1).sum(axis=2)
    return total


def _by_channel(values: NDArray[Any], x: Array) -> NDArray[Any]:
    """What each group has, (n, groups), for each of its channels, (n, C)."""
    repeated: NDArray[Any] = np.repeat(values, x.shape[-1] // values.shape[1], axis=1)
    return repeated


def _along(workspace: Workspace, values: NDArray[Any], x: Array) -> Array:
    """Values of groups or channels (n, ...) along lines, (n, 1, W*C)."""
    W, C = x.shape[2:]
    line: Array = workspace.empty((len(values), 1, W, C), x.dtype)
    np.copyto(line, _by_channel(values, x)[:, None, None], casting="same_kind")
    return line.reshape(len(values), 1, W * C)
