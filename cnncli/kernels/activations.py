"""Smooth and leaky functions of single numbers, and their derivatives.

Each is a chain of NumPy calls on a piece of the array that stays in cache. `out` and the
scratch arrays after it have the size of the piece. As in `relu`, np.clip stands where
np.minimum or np.maximum with a number would take three times as long.
"""

import math
from functools import cache, partial

from cnncli.lazy import Array, DTypeLike, np

from .chunks import spans
from .elementwise import in_pieces
from .workspace import Workspace


def sigmoid(workspace: Workspace, x: Array) -> Array:
    """1 / (1 + exp(-x))."""
    return in_pieces(workspace, _sigmoid, x)


def _sigmoid(x: Array, out: Array) -> None:
    """The exponent stops where the result would be the smallest normal number."""
    limit = math.floor(-math.log(np.finfo(x.dtype).tiny))
    np.clip(x, -limit, limit, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    out += 1
    np.divide(1, out, out=out)


def sigmoid_backward(workspace: Workspace, y: Array, dy: Array) -> Array:
    """dx = dy * y (1 - y)."""
    return in_pieces(workspace, _sigmoid_backward, y, dy)


def _sigmoid_backward(y: Array, dy: Array, out: Array) -> None:
    np.subtract(1, y, out=out)
    out *= y
    out *= dy


def tanh(workspace: Workspace, x: Array) -> Array:
    """The hyperbolic tangent."""
    return in_pieces(workspace, np.tanh, x)


def tanh_backward(workspace: Workspace, y: Array, dy: Array) -> Array:
    """dx = dy (1 - y*y)."""
    return in_pieces(workspace, _tanh_backward, y, dy)


def _tanh_backward(y: Array, dy: Array, out: Array) -> None:
    np.multiply(y, y, out=out)
    np.subtract(1, out, out=out)
    out *= dy


def leaky_relu(workspace: Workspace, x: Array, slope: float) -> Array:
    """x where it is positive, else slope * x; the slope is from 0 to 1."""
    return in_pieces(workspace, partial(_leaky_relu, slope), x)


def _leaky_relu(slope: float, x: Array, out: Array) -> None:
    np.multiply(x, slope, out=out)
    np.maximum(x, out, out=out)


def leaky_relu_backward(workspace: Workspace, y: Array, dy: Array, slope: float) -> Array:
    """dx = dy where y > 0, else slope * dy."""
    return in_pieces(workspace, partial(_leaky_relu_backward, slope), y, dy)


def _leaky_relu_backward(slope: float, y: Array, dy: Array, out: Array) -> None:
    np.greater(y, 0, out=out)
    np.clip(out, slope, 1, out=out)
    out *= dy


def silu(workspace: Workspace, x: Array) -> Array:
    """x * sigmoid(x)."""
    return in_pieces(workspace, _silu, x)


def _silu(x: Array, out: Array) -> None:
    _sigmoid(x, out)
    out *= x


def silu_backward(workspace: Workspace, x: Array, dy: Array) -> Array:
    """dx = dy * s (1 + x (1 - s)), s = sigmoid(x)."""
    return in_pieces(workspace, _silu_backward, x, dy, scratch=1)


def _silu_backward(x: Array, dy: Array, out: Array, rest: Array) -> None:
    _sigmoid(x, out)
    np.subtract(1, out, out=rest)
    rest *= x
    rest += 1
    out *= rest
    out *= dy


def gelu(workspace: Workspace, x: Array) -> Array:
    """x * P(X < x) for a standard normal X: max(0, x) - |x| Q(|x|), Q the upper tail."""
    return in_pieces(workspace, _gelu, x, scratch=3)


def _gelu(x: Array, out: Array, a: Array, density: Array, scratch: Array) -> None:
    _distance(x, a)
    upper_tail(a, out, density, scratch)
    out *= a
    np.clip(x, 0, np.inf, out=a)
    np.subtract(a, out, out=out)


def _distance(x: Array, out: Array) -> None:
    np.clip(x, -FARTHEST, FARTHEST, out=out)
    np.abs(out, out=out)


def gelu_and_slope(workspace: Workspace, x: Array) -> tuple[Array, Array]:
    """GELU of x, and its derivative Phi(x) + x phi(x), the normal distribution and its density.

    With v = Q(|x|) - |x| phi(|x|) that is v up to zero and 1 - v above, 1/2 -+ (1/2 - v). Both
    take the same tail, so backward has one product to do.
    """
    y: Array = workspace.empty(x.shape, x.dtype)
    slope: Array = workspace.empty(x.shape, x.dtype)
    flat = [array.reshape(-1) for array in (x, y, slope)]
    for span in spans(x.size, 6 * x.itemsize):
        pieces = [array[span] for array in flat]
        scratch = [workspace.empty(pieces[0].shape, x.dtype) for _ in range(3)]
        _gelu_and_slope(*pieces, *scratch)
    return y, slope


def _gelu_and_slope(
    x: Array, out: Array, slope: Array, a: Array, density: Array, scratch: Array
) -> None:
    _distance(x, a)
    upper_tail(a, out, density, scratch)
    density *= a
    density *= 1 / math.sqrt(2 * math.pi)
    np.subtract(density, out, out=slope)
    slope += 0.5
    np.copysign(slope, x, out=slope)
    slope += 0.5
    out *= a
    np.clip(x, 0, np.inf, out=a)
    np.subtract(a, out, out=out)


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
