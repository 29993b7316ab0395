"""The upper tail of the normal distribution, which NumPy does not have."""

import math
from functools import cache

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import DTypeLike, NDArray

Array = NDArray[np.float32]

FARTHEST = 12.0
"""Behind it the tail, below 1e-32, is taken as constant."""
_CENTRE = 3.75
_NEAR, _FAR = 1 / _CENTRE, 1 / (_CENTRE + FARTHEST)
_DEGREES = {4: 9, 8: 18}
"""By bytes of a number: the interpolation's error is below 2e-8 and 1e-14 of the value."""


@cache
def _coefficients(dtype: DTypeLike) -> tuple[float, ...]:
    """Of a polynomial in u, the highest power first: (a + 3.75) Q(a) exp(a*a/2).

    u is t = 1/(a + 3.75), stretched so that a from 0 to 12 gives 1 to -1.
    """

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
