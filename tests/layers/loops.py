"""Oracles: the definitions as plain loops in float64."""

import numpy as np


def conv(x, W, b, S, P, out, dilation=(1, 1)):
    """Sum over the window of x, with zeros outside, times each filter, plus its bias.

    A filter of depth C/G sees the channels of its group.
    """
    N, _, _, C = x.shape
    FH, FW, depth, K = W.shape
    y = np.zeros((N, out.H, out.W, K))
    for n, i, j, k in np.ndindex(y.shape):
        y[n, i, j, k] = 0 if b is None else b[k]
        first = k // (K * depth // C) * depth
        for fi, fj, row, column in _taps(i, j, (FH, FW), S, P, dilation, x):
            for c in range(depth):
                y[n, i, j, k] += float(x[n, row, column, first + c]) * float(W[fi, fj, c, k])
    return y


def conv_backward(x, W, dy, S, P, dilation=(1, 1)):
    """dx, dW and db by the chain rule, one connection at a time."""
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(W.shape[3])
    C = x.shape[3]
    FH, FW, depth, K = W.shape
    for n, i, j, k in np.ndindex(dy.shape):
        db[k] += dy[n, i, j, k]
        first = k // (K * depth // C) * depth
        for fi, fj, row, column in _taps(i, j, (FH, FW), S, P, dilation, x):
            for c in range(depth):
                dx[n, row, column, first + c] += dy[n, i, j, k] * W[fi, fj, c, k]
                dW[fi, fj, c, k] += dy[n, i, j, k] * x[n, row, column, first + c]
    return dx, dW, db


def _taps(i, j, F, S, P, dilation, x):
    """The pixels of a filter at place (i, j) that lie on the map, and where they lie."""
    across, down = dilation
    for fi, fj in np.ndindex(F):
        row, column = i * S.H + fi * down - P.top, j * S.W + fj * across - P.left
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:
            yield fi, fj, row, column


def transposed(x, W, b, S, P, out):
    """Each pixel of x times each filter, added to the output from (i*S - P, j*S - P) on."""
    N, H, Wd, C = x.shape
    FH, FW, K, _ = W.shape
    y = np.zeros((N, out.H, out.W, K))
    if b is not None:
        y += b
    for n, i, j, fi, fj in np.ndindex(N, H, Wd, FH, FW):
        row, column = i * S.H + fi - P.top, j * S.W + fj - P.left
        if 0 <= row < out.H and 0 <= column < out.W:
            for k, c in np.ndindex(K, C):
                y[n, row, column, k] += x[n, i, j, c] * W[fi, fj, k, c]
    return y


def transposed_backward(x, W, dy, S, P):
    """dx, dW and db by the chain rule, one connection at a time."""
    dx, dW = np.zeros(x.shape), np.zeros(W.shape)
    N, H, Wd, C = x.shape
    FH, FW, K, _ = W.shape
    for n, i, j, fi, fj in np.ndindex(N, H, Wd, FH, FW):
        row, column = i * S.H + fi - P.top, j * S.W + fj - P.left
        if 0 <= row < dy.shape[1] and 0 <= column < dy.shape[2]:
            for k, c in np.ndindex(K, C):
                dx[n, i, j, c] += dy[n, row, column, k] * W[fi, fj, k, c]
                dW[fi, fj, k, c] += dy[n, row, column, k] * x[n, i, j, c]
    return dx, dW, dy.sum(axis=(0, 1, 2))


def local(x, W, b, F, S, P, out):
    """As `conv`, with the filters W (H2, W2, F*F*C, K) and the biases of the place."""
    y = np.zeros((len(x), out.H, out.W, W.shape[3]))
    for i, j in np.ndindex(out.H, out.W):
        filters = W[i, j].reshape(F.H, F.W, x.shape[3], -1)
        for n, k in np.ndindex(len(x), W.shape[3]):
            y[n, i, j, k] = 0 if b is None else b[i, j, k]
            for fi, fj, row, column in _taps(i, j, (F.H, F.W), S, P, (1, 1), x):
                y[n, i, j, k] += np.dot(x[n, row, column], filters[fi, fj, :, k])
    return y


def local_backward(x, W, dy, F, S, P):
    """dx, dW and db by the chain rule, one connection at a time."""
    dx, dW = np.zeros(x.shape), np.zeros(W.shape)
    C = x.shape[3]
    for n, i, j, k in np.ndindex(dy.shape):
        for fi, fj, row, column in _taps(i, j, (F.H, F.W), S, P, (1, 1), x):
            for c in range(C):
                at = (i, j, (fi * F.W + fj) * C + c, k)
                dx[n, row, column, c] += dy[n, i, j, k] * W[at]
                dW[at] += dy[n, i, j, k] * x[n, row, column, c]
    return dx, dW, dy.sum(axis=0)


def pool(x, F, S, P, out, mode):
    """Maximum or mean of the real pixels under each window."""
    N, H, Wd, C = x.shape
    y = np.zeros((N, out.H, out.W, C))
    for n, i, j, c in np.ndindex(y.shape):
        pixels = [x[n, row, column, c] for row, column in _pixels(i, j, F, S, P, H, Wd)]
        y[n, i, j, c] = max(pixels) if mode == "max" else sum(pixels) / len(pixels)
    return y


def pool_backward(x, dy, F, S, P, mode):
    """dy to the first maximum in the order of rows, or in equal parts."""
    dx = np.zeros(x.shape)
    _, H, Wd, _ = x.shape
    for n, i, j, c in np.ndindex(dy.shape):
        places = _pixels(i, j, F, S, P, H, Wd)
        if mode == "max":
            row, column = max(places, key=lambda at: x[n, at[0], at[1], c])
            dx[n, row, column, c] += dy[n, i, j, c]
        else:
            for row, column in places:
                dx[n, row, column, c] += dy[n, i, j, c] / len(places)
    return dx


def _pixels(i, j, F, S, P, H, W):
    rows = range(i * S.H - P.top, i * S.H - P.top + F.H)
    columns = range(j * S.W - P.left, j * S.W - P.left + F.W)
    return [(r, c) for r in rows if 0 <= r < H for c in columns if 0 <= c < W]
