"""Local response normalisation over neighbouring channels (Krizhevsky et al. 2012, section 3.3)."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .blocks import spans
from .dense import pixels
from .workspace import Workspace

Array = NDArray[np.float32]


class Response(NamedTuple):
    """y = x / s^beta, with s = k + alpha * the sum of squares of n channels around each."""

    n: int
    k: float
    alpha: float
    beta: float

    @property
    def below(self) -> int:
        """How many of the n channels lie before the one in the middle."""
        return self.n // 2


def _neighbour_sums(workspace: Workspace, a: Array, b: Array, n: int, below: int) -> Array:
    """(pixels, C): for each channel the sum of a * b over n channels, from `below` before it.

    The n - 1 zeros between the channels of two pixels let a pass run along all pixels at once.
    """
    count, C = a.shape
    shape = (count, C + n - 1)
    padded: Array = workspace.empty(shape, a.dtype)
    padded[:, :below] = 0
    padded[:, below + C :] = 0
    np.multiply(a, b, out=padded[:, below : below + C])
    sums: Array = workspace.empty(shape, a.dtype)
    length = padded.size - (n - 1)
    row, total = padded.reshape(-1), sums.reshape(-1)[:length]
    np.copyto(total, row[:length])
    for offset in range(1, n):
        total += row[offset : offset + length]
    return sums[:, :C]


def _scale(workspace: Workspace, x: Array, c: Response, out: Array) -> Array:
    """s for each number."""
    np.multiply(_neighbour_sums(workspace, x, x, c.n, c.below), c.alpha, out=out)
    out += c.k
    return out


def _power(s: Array, c: Response, out: Array) -> Array:
    """s^-beta."""
    np.log(s, out=out)
    out *= -c.beta
    return np.exp(out, out=out)


def forward(workspace: Workspace, x: Array, c: Response) -> Array:
    """y = x s^-beta."""
    y: Array = workspace.empty(x.shape, x.dtype)
    source, target = pixels(x), pixels(y)
    for span in spans(source.shape[0], 4 * source[:1].nbytes):
        piece = target[span]
        _power(_scale(workspace, source[span], c, out=piece), c, out=piece)
        piece *= source[span]
    return y


def backward(workspace: Workspace, x: Array, dy: Array, c: Response) -> Array:
    """dx = dy s^-beta - 2 alpha beta x * (the sum of dy s^-beta x / s over those it is near)."""
    dx: Array = workspace.empty(x.shape, x.dtype)
    source, upstream, target = pixels(x), pixels(dy), pixels(dx)
    for span in spans(source.shape[0], 6 * source[:1].nbytes):
        a, piece = source[span], target[span]
        s = _scale(workspace, a, c, out=workspace.empty(a.shape, a.dtype))
        _power(s, c, out=piece)
        piece *= upstream[span]
        share = np.divide(a, s, out=s)
        # the channels that have this one among theirs lie the other way round
        near = _neighbour_sums(workspace, piece, share, c.n, c.n - 1 - c.below)
        rest = np.multiply(near, -2 * c.alpha * c.beta, out=share)
        rest *= a
        piece += rest
    return dx
