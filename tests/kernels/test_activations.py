"""The upper tail of the normal distribution against math.erfc."""

import math

import numpy as np
import pytest

from cnncli.kernels.activations import FARTHEST, upper_tail


@pytest.mark.parametrize(("dtype", "absolute"), [(np.float32, 1.2e-7), (np.float64, 1e-15)])
def test_the_error_of_the_tail(dtype, absolute):
    a = np.linspace(0, FARTHEST, 4001).astype(dtype)
    tail, density, scratch = (np.empty_like(a) for _ in range(3))
    upper_tail(a, tail, density, scratch)
    exact = np.array([math.erfc(x / math.sqrt(2)) / 2 for x in a.astype(np.float64)])
    assert np.max(np.abs(tail - exact)) <= absolute
    # the square's rounding grows in exp: a*a/2 times the precision
    bound = (4 + a.astype(np.float64) ** 2 / 2) * 2 * np.finfo(dtype).eps
    assert (np.abs(tail / exact - 1) <= bound).all()
    np.testing.assert_allclose(density, np.exp(-(a.astype(np.float64) ** 2) / 2), rtol=1e-5)


def test_published_values():
    """Abramowitz and Stegun 1964, table 26.2: Q(x) for x = 1, 2, 3."""
    a = np.array([1.0, 2.0, 3.0])
    tail, density, scratch = (np.empty_like(a) for _ in range(3))
    upper_tail(a, tail, density, scratch)
    expected = [0.158655253931457, 0.022750131948179, 0.001349898031630]
    np.testing.assert_allclose(tail, expected, atol=1e-15)
