"""Smooth functions of single numbers, and their derivatives.

Each is a chain of NumPy calls on a piece of the array that stays in cache. `out` and the
scratch arrays after it have the size of the piece. As in `relu`, np.clip stands where
np.minimum or np.maximum with a number would take three times as long.
"""

import math

from cnncli.lazy import Array, DTypeLike, np

from .chunks import spans
from .elementwise import by_pieces
from .workspace import Workspace


def _logistic(x: Array, out: Array) -> None:
    """1 / (1 + exp(-x)) for any x; 0 where the exponential is more than infinity."""
    np.negative(x, out=out)
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    out += 1
    np.divide(1, out, out=out)


def _sigmoid(x: Array, out: Array) -> None:
    """The exponent stops where the result would be the smallest normal number."""
    limit = math.floor(-math.log(np.finfo(x.dtype).tiny))
    np.clip(x, -limit, limit, out=out)
    _logistic(out, out)


sigmoid = by_pieces()(_sigmoid)
"""1 / (1 + exp(-x))."""


@by_pieces()
def sigmoid_backward(y: Array, dy: Array, out: Array) -> None:
    """dx = dy * y (1 - y)."""
    np.subtract(1, y, out=out)
    out *= y
    out *= dy


@by_pieces()
def tanh(x: Array, out: Array) -> None:
    """The hyperbolic tangent."""
    np.tanh(x, out=out)


@by_pieces()
def tanh_backward(y: Array, dy: Array, out: Array) -> None:
    """dx = dy (1 - y*y)."""
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)
    out *= dy


def _overflow(dtype: DTypeLike) -> int:
    """The least whole number whose exponential is infinite."""
    return math.ceil(math.log(np.finfo(dtype).max))


@by_pieces(scratch=1)
def silu(x: Array, out: Array, within: Array) -> None:
    """x * sigmoid(x); exactly 0 where x is so small that its exponential is."""
    np.clip(x, -_overflow(x.dtype), np.inf, out=within)
    _logistic(within, out)
    out *= within


@by_pieces(scratch=2)
def silu_backward(x: Array, dy: Array, out: Array, within: Array, rest: Array) -> None:
    """dx = dy * s (1 + x (1 - s)), s = sigmoid(x)."""
    limit = _overflow(x.dtype)
    np.clip(x, -limit, limit, out=within)
    _logistic(within, out)
    np.subtract(1, out, out=rest)
    rest *= within
    rest += 1
    out *= rest
    out *= dy


@by_pieces(scratch=1)
def elu(x: Array, out: Array, above: Array, *, alpha: float) -> None:
    """x where it is positive, else alpha (exp(x) - 1)."""
    np.clip(x, -np.inf, 0, out=out)
    np.exp(out, out=out)
    out -= 1
    out *= alpha
    np.clip(x, 0, np.inf, out=above)
    out += above


@by_pieces(scratch=1)
def elu_backward(y: Array, dy: Array, out: Array, above: Array, *, alpha: float) -> None:
    """dx = dy where y > 0, else (y + alpha) dy, as alpha exp(x) = y + alpha."""
    np.greater(y, 0, out=above)
    above *= 1 - alpha
    np.clip(y, -np.inf, 0, out=out)
    out += alpha
    out += above
    out *= dy


@by_pieces(scratch=3)
def softplus(x: Array, out: Array, u: Array, w: Array, rest: Array) -> None:
    """log(1 + exp(x)) = max(0, x) + log(1 + u), u = exp(-|x|).

    1 + u is rounded to w; log w + (u - (w - 1))/w has the digits that went with that.
    """
    np.abs(x, out=u)
    np.negative(u, out=u)
    np.exp(u, out=u)
    np.add(u, 1, out=w)
    np.subtract(w, 1, out=rest)
    np.subtract(u, rest, out=rest)
    rest /= w
    np.log(w, out=w)
    rest += w
    np.clip(x, 0, np.inf, out=out)
    out += rest


@by_pieces()
def softplus_backward(x: Array, dy: Array, out: Array) -> None:
    """dx = dy sigmoid(x)."""
    _sigmoid(x, out)
    out *= dy


def _mish_parts(x: Array, e: Array, n: Array) -> None:
    """e = exp(x), n = e (e + 2); from 20 on (40 in float64) n is so large that n + 2 is n."""
    np.clip(x, -_overflow(x.dtype), 5 * x.itemsize, out=e)
    np.exp(e, out=e)
    np.add(e, 2, out=n)
    n *= e


@by_pieces(scratch=2)
def mish(x: Array, out: Array, e: Array, n: Array) -> None:
    """x tanh(log(1 + exp(x))) = x n / (n + 2), n = e (e + 2), e = exp(x)."""
    _mish_parts(x, e, n)
    np.add(n, 2, out=out)
    n /= out
    np.clip(x, -_overflow(x.dtype), np.inf, out=out)  # infinity times 0 would be NaN
    out *= n


@by_pieces(scratch=3)
def mish_backward(x: Array, dy: Array, out: Array, e: Array, n: Array, within: Array) -> None:
    """dx = dy (n / (n + 2) + 4 x e (e + 1) / (n + 2)^2)."""
    _mish_parts(x, e, n)
    np.clip(x, -_overflow(x.dtype), 5 * x.itemsize, out=within)
    np.add(e, 1, out=out)
    out *= e
    out *= within
    out *= 4
    np.add(n, 2, out=within)
    out /= within
    out += n
    out /= within
    out *= dy


_LOG_ODDS = (
    3.678768e-09,
    -2.70113729e-07,
    7.99462392e-06,
    -1.10935085e-04,
    -6.45273632e-05,
    7.26657180e-02,
    1.5957696802,
)
"""Of a polynomial in x*x, the highest power first: log(P/(1 - P)) / x, P = P(X < x).

Fitted to math.erfc for x from 0 to 7, each point weighted with what its error means for x*P.
"""
_LOWEST = -9.0
"""Below it GELU, there -1e-18, is taken as constant."""


def _normal_reciprocal(x: Array, squares: Array, out: Array) -> None:
    """1/P(X < x) for a standard normal X and x from -9 on, and x*x.

    In float32 by the logarithm of the odds: it is odd in x and hardly bends, so few powers do.
    The error of x*P is below 1.6e-7 max(1, |x|), half of PyTorch's; far to the left, where x*P
    is not larger itself, that leaves few digits. In float64, which is for comparisons, number
    by number.
    """
    np.multiply(x, x, out=squares)
    if x.dtype == np.float64:
        out[...] = [2 / math.erfc(-each / math.sqrt(2)) for each in x.tolist()]
        return
    first, *rest, last = _LOG_ODDS
    np.multiply(squares, -first, out=out)
    for coefficient in rest:
        out -= coefficient
        out *= squares
    out -= last
    out *= x
    np.exp(out, out=out)
    out += 1


@by_pieces(scratch=2)
def gelu(x: Array, out: Array, squares: Array, reciprocal: Array) -> None:
    """x * P(X < x) for a standard normal X."""
    np.clip(x, _LOWEST, np.inf, out=out)
    with np.errstate(over="ignore"):
        _normal_reciprocal(out, squares, reciprocal)
    out /= reciprocal


def gelu_and_slope(workspace: Workspace, x: Array) -> tuple[Array, Array]:
    """GELU of x, and its derivative P(X < x) + x exp(-x*x/2) / sqrt(2 pi).

    Both take the same P, so backward has one product to do.
    """
    y: Array = workspace.empty(x.shape, x.dtype)
    slope: Array = workspace.empty(x.shape, x.dtype)
    flat = [array.reshape(-1) for array in (x, y, slope)]
    for span in spans(x.size, 5 * x.itemsize):
        piece, out, slopes = (array[span] for array in flat)
        squares, reciprocal = (workspace.empty(piece.shape, x.dtype) for _ in range(2))
        np.clip(piece, _LOWEST, np.inf, out=out)
        with np.errstate(over="ignore", invalid="ignore"):  # the slope at infinity is NaN
            _normal_reciprocal(out, squares, reciprocal)
            squares *= -0.5
            np.exp(squares, out=squares)
            squares *= 1 / math.sqrt(2 * math.pi)
            squares *= out
        np.divide(1, reciprocal, out=slopes)
        out *= slopes
        slopes += squares
    return y, slope


def softmax(workspace: Workspace, x: Array) -> Array:
    """exp(x - max x) / sum: the shift keeps exp from overflowing and changes nothing."""
    y: Array = workspace.empty(x.shape, x.dtype)
    np.subtract(x, x.max(axis=-1, keepdims=True), out=y)
    np.exp(y, out=y)
    y /= y.sum(axis=-1, keepdims=True)
    return y


def softmax_backward(workspace: Workspace, y: Array, dy: Array) -> Array:
    """dx = y (dy - sum of dy*y)."""
    dx: Array = workspace.empty(dy.shape, dy.dtype)
    np.multiply(dy, y, out=dx)
    np.subtract(dy, dx.sum(axis=-1, keepdims=True), out=dx)
    dx *= y
    return dx
