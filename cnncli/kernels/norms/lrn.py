"""Local response normalisation over neighbouring channels (Krizhevsky et al. 2012, section 3.3)."""

from typing import NamedTuple

from cnncli.kernels.chunks import spans
from cnncli.kernels.dense import pixels
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, np


class Response(NamedTuple):
    """y = x / s^beta, with s = k + alpha * the sum of squares of n channels around each."""

    n: int
    k: float
    alpha: float
    beta: float

    def neighbours(self, C: int) -> tuple[int, int]:
        """How many channels before and after each count, of those that there can be."""
        return min(self.n // 2, C - 1), min(self.n - 1 - self.n // 2, C - 1)


def _neighbour_sums(workspace: Workspace, a: Array, b: Array, below: int, above: int) -> Array:
    """(pixels, C): for each channel the sum of a * b from `below` before it to `above` after it.

    The zeros between the channels of two pixels let a pass run along all pixels at once.
    """
    count, C = a.shape
    gap = below + above
    shape = (count, C + gap)
    padded: Array = workspace.empty(shape, a.dtype)
    padded[:, :below] = 0
    padded[:, below + C :] = 0
    np.multiply(a, b, out=padded[:, below : below + C])
    sums: Array = workspace.empty(shape, a.dtype)
    length = padded.size - gap
    row, total = padded.reshape(-1), sums.reshape(-1)[:length]
    np.copyto(total, row[:length])
    for offset in range(1, gap + 1):
        total += row[offset : offset + length]
    return sums[:, :C]


def _padded_bytes(pixels: Array, c: Response) -> int:
    """The channels of a pixel with the zeros after them."""
    C = pixels.shape[1]
    width: int = C + sum(c.neighbours(C))
    return width * pixels.itemsize


def _scale(workspace: Workspace, x: Array, c: Response, out: Array) -> Array:
    """s for each number; NaN where the sum of squares overflows."""
    np.multiply(_neighbour_sums(workspace, x, x, *c.neighbours(x.shape[1])), c.alpha, out=out)
    out += c.k
    if not np.isfinite(out.max()):
        np.copyto(out, np.nan, where=np.isinf(out))
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
    for span in spans(source.shape[0], 4 * _padded_bytes(source, c)):
        piece = target[span]
        _power(_scale(workspace, source[span], c, out=piece), c, out=piece)
        piece *= source[span]
    return y


def backward(workspace: Workspace, x: Array, dy: Array, c: Response) -> Array:
    """dx = dy s^-beta - 2 alpha beta x * (the sum of dy s^-beta x / s over those it is near)."""
    dx: Array = workspace.empty(x.shape, x.dtype)
    source, upstream, target = pixels(x), pixels(dy), pixels(dx)
    for span in spans(source.shape[0], 6 * _padded_bytes(source, c)):
        a, piece = source[span], target[span]
        s = _scale(workspace, a, c, out=workspace.empty(a.shape, a.dtype))
        _power(s, c, out=piece)
        piece *= upstream[span]
        share = np.divide(a, s, out=s)
        # the channels that have this one among theirs lie the other way round
        below, above = c.neighbours(a.shape[1])
        near = _neighbour_sums(workspace, piece, share, above, below)
        rest = np.multiply(near, -2 * c.alpha * c.beta, out=share)
        rest *= a
        piece += rest
    return dx
