"""Oracles: layers as plain loops over single numbers in float64; CONV's stand with its kernels."""

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


def windows(geometry, n, C):
    """Each place (n, i, j, c) with the real pixels under its window."""
    F, S, P, size = geometry.F, geometry.S, geometry.P, geometry.size
    for image, i, j, c in np.ndindex(n, geometry.out.H, geometry.out.W, C):
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


def norm_pool(x, geometry):
    """The square root of the sum of squares under each window."""
    n, _, _, C = x.shape
    y = np.zeros((n, geometry.out.H, geometry.out.W, C))
    for place, pixels in windows(geometry, n, C):
        y[place] = math.hypot(*(float(x[pixel]) for pixel in pixels))
    return y


def norm_pool_backward(x, dy, geometry):
    """dy x/y to each pixel under a window whose y is not 0."""
    dx = np.zeros(x.shape)
    for place, pixels in windows(geometry, x.shape[0], x.shape[-1]):
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


def _taps(i, j, F, S, P, x):
    """The pixels of a filter at place (i, j) that lie on the map, and where they lie."""
    for fi, fj in np.ndindex(F):
        row, column = i * S.H + fi - P.top, j * S.W + fj - P.left
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
            yield fi, fj, row, column


def transposed(x, W, b, S, P, out, dilation):
    """Each pixel of x times each filter, added to the output from (i*S - P, j*S - P) on.

    Filters W (F, F, K/G, C): output k gets the channels of its group.
    """
    y = np.zeros((len(x), out.H, out.W, out.D))
    if b is not None:
        y += b
    for n, i, j, c, fi, fj, row, column, k in _reached(x, W, S, P, dilation, y.shape):
        y[n, row, column, k] += x[n, i, j, c] * W[fi, fj, k % W.shape[2], c]
    return y


def transposed_backward(x, W, dy, S, P, dilation):
    """dx, dW and db by the chain rule, one connection at a time."""
    dx, dW = np.zeros(x.shape), np.zeros(W.shape)
    for n, i, j, c, fi, fj, row, column, k in _reached(x, W, S, P, dilation, dy.shape):
        dx[n, i, j, c] += dy[n, row, column, k] * W[fi, fj, k % W.shape[2], c]
        dW[fi, fj, k % W.shape[2], c] += dy[n, row, column, k] * x[n, i, j, c]
    return dx, dW, dy.sum(axis=(0, 1, 2))


def _reached(x, W, S, P, dilation, shape):
    """Every connection: a pixel and channel of x, a tap, and where and in which output it goes."""
    N, H, Wd, C = x.shape
    FH, FW, own, _ = W.shape
    K = shape[3]
    for n, i, j, fi, fj in np.ndindex(N, H, Wd, FH, FW):
        row, column = i * S.H + fi * dilation.H - P.top, j * S.W + fj * dilation.W - P.left
        if 0 <= row < shape[1] and 0 <= column < shape[2]:
            for k, c in np.ndindex(K, C):
                if k // own == c // (C * own // K):
                    yield n, i, j, c, fi, fj, row, column, k


def local(x, W, b, geometry):
    """As CONV, with the filters W (H2, W2, F*F*C, K) and the biases of the place."""
    F, S, P, out = geometry.F, geometry.S, geometry.P, geometry.out
    y = np.zeros((len(x), out.H, out.W, W.shape[3]))
    for i, j in np.ndindex(out.H, out.W):
        filters = W[i, j].reshape(F.H, F.W, x.shape[3], -1)
        for n, k in np.ndindex(len(x), W.shape[3]):
            y[n, i, j, k] = 0 if b is None else b[i, j, k]
            for fi, fj, row, column in _taps(i, j, (F.H, F.W), S, P, x):
                y[n, i, j, k] += np.dot(x[n, row, column], filters[fi, fj, :, k])
    return y


def local_backward(x, W, dy, geometry):
    """dx, dW and db by the chain rule, one connection at a time."""
    F, S, P = geometry.F, geometry.S, geometry.P
    dx, dW = np.zeros(x.shape), np.zeros(W.shape)
    C = x.shape[3]
    for n, i, j, k in np.ndindex(dy.shape):
        for fi, fj, row, column in _taps(i, j, (F.H, F.W), S, P, x):
            for c in range(C):
                at = (i, j, (fi * F.W + fj) * C + c, k)
                dx[n, row, column, c] += dy[n, i, j, k] * W[at]
                dW[at] += dy[n, i, j, k] * x[n, row, column, c]
    return dx, dW, dy.sum(axis=0)


def pool(x, geometry, mode):
    """Maximum or mean of the real pixels under each window."""
    N, _, _, C = x.shape
    y = np.zeros((N, geometry.out.H, geometry.out.W, C))
    for n, i, j, c in np.ndindex(y.shape):
        pixels = [x[n, row, column, c] for row, column in _pixels(i, j, geometry)]
        y[n, i, j, c] = max(pixels) if mode == "max" else sum(pixels) / len(pixels)
    return y


def pool_backward(x, dy, geometry, mode):
    """dy to the first maximum in the order of rows, or in equal parts."""
    dx = np.zeros(x.shape)
    for n, i, j, c in np.ndindex(dy.shape):
        places = _pixels(i, j, geometry)
        if mode == "max":
            row, column = max(places, key=lambda at: x[n, at[0], at[1], c])
            dx[n, row, column, c] += dy[n, i, j, c]
        else:
            for row, column in places:
                dx[n, row, column, c] += dy[n, i, j, c] / len(places)
    return dx


def _pixels(i, j, geometry):
    F, S, P, (W, H) = geometry.F, geometry.S, geometry.P, geometry.size
    rows = range(i * S.H - P.top, i * S.H - P.top + F.H)
    columns = range(j * S.W - P.left, j * S.W - P.left + F.W)
    return [(r, c) for r in rows if 0 <= r < H for c in columns if 0 <= c < W]
