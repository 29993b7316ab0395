"""Smooth functions of single numbers, and their derivatives.

Each is a chain of NumPy calls on a piece of the array that stays in cache. `out` and the
scratch arrays after it have the size of the piece. As in `relu`, np.clip stands where
np.minimum or np.maximum with a number would take three times as long.
"""

import math
from functools import cache

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


def _gelu(
    x: Array, out: Array, a: Array, density: Array, scratch: Array, slope: Array | None = None
) -> None:
    """max(0, x) - |x| Q(|x|), Q the upper tail; the slope is 1/2 -+ (1/2 - v), see below."""
    np.clip(x, -FARTHEST, FARTHEST, out=a)
    np.abs(a, out=a)
    upper_tail(a, out, density, scratch)
    if slope is not None:
        density *= a
        density *= 1 / math.sqrt(2 * math.pi)
        np.subtract(density, out, out=slope)
        slope += 0.5
        np.copysign(slope, x, out=slope)
        slope += 0.5
    out *= a
    np.clip(x, 0, np.inf, out=a)
    np.subtract(a, out, out=out)


gelu = by_pieces(scratch=3)(_gelu)
"""x * P(X < x) for a standard normal X."""


def gelu_and_slope(workspace: Workspace, x: Array) -> tuple[Array, Array]:
    """GELU of x, and its derivative Phi(x) + x phi(x), the normal distribution and its density.

    With v = Q(|x|) - |x| phi(|x|) that is v up to zero and 1 - v above, 1/2 -+ (1/2 - v). Both
    take the same tail, so backward has one product to do.
    """
    y: Array = workspace.empty(x.shape, x.dtype)
    slope: Array = workspace.empty(x.shape, x.dtype)
    flat = [array.reshape(-1) for array in (x, y, slope)]
    for span in spans(x.size, 6 * x.itemsize):
        piece, out, slopes = (array[span] for array in flat)
        a, density, scratch = (workspace.empty(piece.shape, x.dtype) for _ in range(3))
        _gelu(piece, out, a, density, scratch, slopes)
    return y, slope


FARTHEST = 12.0
"""Beyond it the tail, below 1e-32, is taken as constant."""
_CENTRE = 3.75
_NEAR, _FAR = 1 / _CENTRE, 1 / (_CENTRE + FARTHEST)
_DEGREES = {4: 9, 8: 18}
"""By bytes of a number: the interpolation's error is below 2e-8 and 1e-14 of the value."""


@cache
def _coefficients(dtype: DTypeLike) -> tuple[float, ...]:
    """Of a polynomial in u, the highest power first: (a + 3.75) Q(a) exp(a*a/2).

    u is t = 1/(a + 3.75), stretched so that a from 0 to 12 gives 1 to -1.
    """

    chebyshev = np.polynomial.chebyshev
    degree = _DEGREES[np.dtype(dtype).itemsize]
    u = chebyshev.chebpts1(degree + 1)
    t = _FAR + (u + 1) / 2 * (_NEAR - _FAR)
    values = [_scaled_tail(1 / each - _CENTRE) / each for each in t.tolist()]
    powers = chebyshev.cheb2poly(chebyshev.chebfit(u, values, degree))
    return tuple(powers[::-1].tolist())


def _scaled_tail(a: float) -> float:
    """Q(a) exp(a*a/2); the square is split, so that its rounding does not grow in exp."""
    z = a / math.sqrt(2)
    near = round(16 * z) / 16
    return math.erfc(z) / 2 * math.exp(near * near) * math.exp((z - near) * (z + near))


def upper_tail(a: Array, out: Array, density: Array, scratch: Array) -> None:
    """Q(a), the probability of more than `a`, for a from 0 to FARTHEST; and exp(-a*a/2).

    Q(a) exp(a*a/2) hardly bends as a function of 1/(a + 3.75), so a polynomial approximates it
    for all `a` (M. M. Shepherd and J. G. Laframboise 1981, Chebyshev approximation of
    (1 + 2x) exp(x^2) erfc x). The polynomial is interpolated from math.erfc; the error is below
    1.2e-7 in float32 and 1e-15 in float64.
    """
    first, *rest = _coefficients(a.dtype)
    t, u, value = out, density, scratch
    np.add(a, _CENTRE, out=t)
    np.divide(1, t, out=t)
    np.multiply(a, t, out=u)
    u *= -2 * _NEAR / (_NEAR - _FAR)
    u += 1
    np.multiply(u, first, out=value)
    for coefficient in rest[:-1]:
        value += coefficient
        value *= u
    value += rest[-1]
    t *= value
    np.multiply(a, a, out=density)
    density *= -0.5
    np.exp(density, out=density)
    out *= density


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
