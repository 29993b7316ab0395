"""Mean, deviation and interval beside SciPy's, and beside printed tables."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.runs.sets.interval import Statistics, t_quantile, t_share

TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 9: 2.262, 10: 2.228, 30: 2.042, 120: 1.980}
"""Of 95 %, by degrees of freedom, as tables have it."""


@pytest.mark.parametrize(("degrees", "expected"), TABLE.items())
def test_a_printed_table(degrees, expected):
    assert round(t_quantile(0.95, degrees), 3) == expected


@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95, 0.99, 0.999])
def test_quantiles_beside_scipy(confidence):
    stats = pytest.importorskip("scipy.stats")
    degrees = [*range(1, 200), 499, 500, 998, 999]
    found = [t_quantile(confidence, each) for each in degrees]
    np.testing.assert_allclose(found, stats.t.ppf((1 + confidence) / 2, degrees), rtol=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 7, 10, 999])
def test_shares_beside_scipy(degrees):
    stats = pytest.importorskip("scipy.stats")
    for t in (0.0, 0.1, 1.0, 2.5, 20.0):
        expected = 1 - 2 * stats.t.sf(t, degrees)
        assert math.isclose(t_share(t, degrees), expected, rel_tol=1e-9, abs_tol=1e-12)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_beside_scipy(values):
    stats = pytest.importorskip("scipy.stats")
    found, scale = Statistics.of(values), max(1.0, *map(abs, values))
    assert found.number == len(values)
    np.testing.assert_allclose(found.mean, np.mean(values), atol=1e-9 * scale)
    np.testing.assert_allclose(found.deviation, np.std(values, ddof=1), atol=1e-9 * scale)
    error = found.deviation / math.sqrt(len(values))
    if error > 1e-6 * scale:
        expected = stats.t.interval(0.95, len(values) - 1, loc=found.mean, scale=error)
        np.testing.assert_allclose(found.interval, expected, rtol=1e-9, atol=1e-9 * scale)


def test_one_value_has_a_mean_alone():
    assert Statistics.of([0.25]) == (1, 0.25, None, None)


def test_equal_values():
    assert Statistics.of([0.1] * 3) == (3, pytest.approx(0.1), 0.0, pytest.approx((0.1, 0.1)))
