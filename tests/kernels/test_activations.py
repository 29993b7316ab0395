"""GELU and its slope against math.erfc."""

import math

import numpy as np
import pytest

from cnncli.kernels.activations import gelu, gelu_and_slope
from cnncli.kernels.workspace import Workspace


def _probability(x):
    return np.array([math.erfc(-each / math.sqrt(2)) / 2 for each in x.astype(np.float64)])


@pytest.mark.parametrize(("dtype", "absolute"), [(np.float32, 1.6e-7), (np.float64, 1e-15)])
def test_the_error(dtype, absolute):
    x = np.linspace(-14, 14, 28001).astype(dtype)
    exact = x.astype(np.float64)
    y, slope = gelu_and_slope(Workspace(), x)
    expected = exact * _probability(x)
    assert np.max(np.abs(y - expected) / np.maximum(np.abs(exact), 1)) <= absolute
    density = np.exp(-(exact**2) / 2) / math.sqrt(2 * math.pi)
    assert np.max(np.abs(slope - _probability(x) - exact * density)) <= 1.5 * absolute
    np.testing.assert_allclose(gelu(Workspace(), x), y, rtol=4 * np.finfo(dtype).eps, atol=0)


def test_published_values():
    """Abramowitz and Stegun 1964, table 26.1: P(x) for x = 1, 2, 3."""
    x = np.array([1.0, 2.0, 3.0])
    expected = [0.841344746068543, 0.977249868051821, 0.998650101968370]
    np.testing.assert_allclose(gelu(Workspace(), x) / x, expected, atol=1e-15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_far_away(dtype):
    far = np.array([-np.inf, -1e30, -50, 50, 1e30, np.inf, np.nan], dtype)
    expected = np.array([0, 0, 0, 50, 1e30, np.inf, np.nan], dtype)
    y, slope = gelu_and_slope(Workspace(), far)
    np.testing.assert_allclose(y, expected, atol=1e-17)
    np.testing.assert_allclose(gelu(Workspace(), far), expected, atol=1e-17)
    np.testing.assert_allclose(slope[1:5], [0, 0, 1, 1], atol=1e-16)
