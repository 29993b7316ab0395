"""A convolution as it is defined: the loops that a student writes first, in float64.

Nothing computes by them but the tests, which compare the fast ways with these. Notation: images
x (N, H, W, C), filters W (F, F, C/G, K) in G groups, biases b (K,), output y (N, H2, W2, K). The
first K/G filters see the first C/G channels, and so on; with one group every filter sees all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from cnncli.geometry import Geometry
from cnncli.lazy import NDArray, np

Numbers: TypeAlias = "NDArray[Any]"


def forward(x: Numbers, W: Numbers, b: Numbers | None, geometry: Geometry) -> Numbers:
    """y[n, i, j, k] = the sum of x's window at (i, j) times filter k, plus its bias."""
    N, K, places = len(x), W.shape[3], geometry.out
    y: Numbers = np.zeros((N, places.H, places.W, K))
    for n in range(N):
        for i in range(places.H):
            for j in range(places.W):
                for k in range(K):
                    seen = _channels(x, W, k)
                    for fi, row in _pixels(i, geometry, 1):
                        for fj, column in _pixels(j, geometry, 0):
                            y[n, i, j, k] += np.dot(x[n, row, column, seen], W[fi, fj, :, k])
    if b is not None:
        y += b
    return y


def backward(
    x: Numbers, W: Numbers, dy: Numbers, geometry: Geometry
) -> tuple[Numbers, Numbers, Numbers]:
    """dx, dW and db by the chain rule: every product of forward, once for each factor."""
    N, K, places = len(x), W.shape[3], geometry.out
    dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(K)
    for n in range(N):
        for i in range(places.H):
            for j in range(places.W):
                for k in range(K):
                    seen = _channels(x, W, k)
                    db[k] += dy[n, i, j, k]
                    for fi, row in _pixels(i, geometry, 1):
                        for fj, column in _pixels(j, geometry, 0):
                            dx[n, row, column, seen] += dy[n, i, j, k] * W[fi, fj, :, k]
                            dW[fi, fj, :, k] += dy[n, i, j, k] * x[n, row, column, seen]
    return dx, dW, db


def _channels(x: Numbers, W: Numbers, k: int) -> slice:
    """The channels of x that filter k sees: those of its group."""
    C, depth, K = x.shape[3], W.shape[2], W.shape[3]
    group = k // (K * depth // C)
    return slice(group * depth, (group + 1) * depth)


def _pixels(place: int, geometry: Geometry, axis: int) -> Iterator[tuple[int, int]]:
    """Along an axis (0: across, 1: down), the pixels of a window, and where on the map they lie.

    Padding is zeros, which add nothing: what lies outside of the map is left out.
    """
    F, S, P = geometry.F[axis], geometry.S[axis], (geometry.P.left, geometry.P.top)[axis]
    for f in range(F):
        at = place * S + f * geometry.dilation[axis] - P
        if 0 <= at < geometry.size[axis]:
            yield f, at
