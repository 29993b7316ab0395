import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnncli.bounds import MAX_PAGE_POINTS
from cnncli.page.thinning import thin

FLOATS = st.floats(-1e30, 1e30)


@given(arrays(np.float64, st.integers(1, 400), elements=FLOATS), st.integers(4, 60))
def test_ends_least_and_largest_stay(values, most):
    kept = thin(values, most)
    assert len(kept) <= max(most, 0)
    assert (np.diff(kept) > 0).all()
    assert kept[0] == 0
    assert kept[-1] == len(values) - 1
    assert values[kept].min() == values.min()
    assert values[kept].max() == values.max()


@given(st.integers(1, 100))
def test_few_points_all_stay(size):
    np.testing.assert_array_equal(thin(np.zeros(size), 100), np.arange(size))


def test_a_single_peak_stays():
    values = np.zeros(100_000)
    values[54_321] = 7.0
    kept = thin(values)
    assert 54_321 in kept
    assert len(kept) <= MAX_PAGE_POINTS == 2_000
