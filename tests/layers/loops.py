"""Oracles: the definitions as plain loops in float64."""

import numpy as np


def conv(x, W, b, S, P, out):
    """Sum over the window of x, with zeros outside, times each filter, plus its bias."""
    N, H, Wd, C = x.shape
    FH, FW, _, K = W.shape
    y = np.zeros((N, out.H, out.W, K))
    for n, i, j, k in np.ndindex(y.shape):
        y[n, i, j, k] = 0 if b is None else b[k]
        for fi, fj in np.ndindex(FH, FW):
            row, column = i * S.H + fi - P.top, j * S.W + fj - P.left
            if 0 <= row < H and 0 <= column < Wd:
                for c in range(C):
                    y[n, i, j, k] += float(x[n, row, column, c]) * float(W[fi, fj, c, k])
    return y


def conv_backward(x, W, dy, S, P):
    """dx, dW and db by the chain rule, one connection at a time."""
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(W.shape[3])
    _, H, Wd, _ = x.shape
    for n, i, j, k in np.ndindex(dy.shape):
        db[k] += dy[n, i, j, k]
        for fi, fj, c in np.ndindex(W.shape[:3]):
            row, column = i * S.H + fi - P.top, j * S.W + fj - P.left
            if 0 <= row < H and 0 <= column < Wd:
                dx[n, row, column, c] += dy[n, i, j, k] * W[fi, fj, c, k]
                dW[fi, fj, c, k] += dy[n, i, j, k] * x[n, row, column, c]
    return dx, dW, db


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
