"""Oracles: the layers without filters, as plain loops over single numbers in float64."""

import math

import numpy as np


def response(x, n, k, alpha, beta):
    """Krizhevsky et al. 2012, section 3.3: the sum runs over n channels around each."""
    y = np.zeros(x.shape)
    C = x.shape[-1]
    for at in np.ndindex(x.shape):
        first = at[-1] - n // 2
        near = range(max(0, first), min(C, first + n))
        squares = sum(float(x[(*at[:-1], c)]) ** 2 for c in near)
        y[at] = float(x[at]) / (k + alpha * squares) ** beta
    return y


def standardised(values, eps):
    """Numbers with mean 0 and variance 1."""
    mean = math.fsum(values) / len(values)
    var = math.fsum((v - mean) ** 2 for v in values) / len(values)
    return [(v - mean) / math.sqrt(var + eps) for v in values]


def layer_norm(x, gamma, beta, over, eps):
    """Each depth column, or each image, on its own."""
    y = np.zeros(x.shape)
    runs = x.shape[:3] if over == "depth" else x.shape[:1]
    for at in np.ndindex(runs):
        numbers = standardised(x[at].astype(np.float64).ravel().tolist(), eps)
        y[at] = np.reshape(numbers, x[at].shape) * gamma + beta
    return y


def channel_moments(x):
    """(count, mean, biased variance) of each channel, number by number."""
    columns = x.astype(np.float64).reshape(-1, x.shape[-1]).T.tolist()
    count = len(columns[0])
    means = [math.fsum(column) / count for column in columns]
    return (
        count,
        means,
        [
            math.fsum((v - mean) ** 2 for v in column) / count
            for column, mean in zip(columns, means, strict=True)
        ],
    )


def windows(where, n, C):
    """Each place (n, i, j, c) with the real pixels under its window."""
    F, S, P, size = where.F, where.S, where.P, where.size
    for image, i, j, c in np.ndindex(n, where.out.H, where.out.W, C):
        rows = range(i * S.H - P.top, i * S.H - P.top + F.H)
        columns = range(j * S.W - P.left, j * S.W - P.left + F.W)
        yield (
            (image, i, j, c),
            [
                (image, row, column, c)
                for row in rows
                for column in columns
                if 0 <= row < size.H and 0 <= column < size.W
            ],
        )


def norm_pool(x, where):
    """The square root of the sum of squares under each window."""
    n, _, _, C = x.shape
    y = np.zeros((n, where.out.H, where.out.W, C))
    for place, pixels in windows(where, n, C):
        y[place] = math.hypot(*(float(x[pixel]) for pixel in pixels))
    return y


def norm_pool_backward(x, dy, where):
    """dy x/y to each pixel under a window whose y is not 0."""
    dx = np.zeros(x.shape)
    for place, pixels in windows(where, x.shape[0], x.shape[-1]):
        root = math.hypot(*(float(x[pixel]) for pixel in pixels))
        for pixel in pixels if root else ():
            dx[pixel] += dy[place] * (float(x[pixel]) / root)
    return dx


def pad(x, P, front=0, back=0):
    """x in the middle of zeros."""
    N, H, W, C = x.shape
    y = np.zeros((N, P.top + H + P.bottom, P.left + W + P.right, front + C + back))
    for n, i, j, c in np.ndindex(x.shape):
        y[n, P.top + i, P.left + j, front + c] = x[n, i, j, c]
    return y


def upsample(x, S):
    """Each place takes the pixel that it lies in."""
    N, H, W, C = x.shape
    y = np.zeros((N, H * S.H, W * S.W, C))
    for n, i, j, c in np.ndindex(y.shape):
        y[n, i, j, c] = x[n, i // S.H, j // S.W, c]
    return y
