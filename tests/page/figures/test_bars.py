import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cnncli.page.figures.bars import Bar, Histogram, bars, histogram
from cnncli.page.markup import html


def test_shares_are_numpys():
    rng = np.random.default_rng(0)
    before, after = rng.normal(0, 1, 1000), rng.normal(0, 2, 1000)
    found = Histogram.of(after, before)
    low, high = min(before.min(), after.min()), max(before.max(), after.max())
    assert (found.low, found.high) == (low, high)
    np.testing.assert_array_equal(found.shares, np.histogram(after, 40, (low, high))[0] / 1000)
    np.testing.assert_array_equal(found.before, np.histogram(before, 40, (low, high))[0] / 1000)


@given(arrays(np.float64, st.integers(1, 50), elements=st.floats(-1e38, 1e38)), st.booleans())
def test_every_histogram_can_be_drawn(values, has_start):
    found = Histogram.of(values, np.zeros(3) if has_start else None)
    assert found.shares.sum() == pytest.approx(1)
    drawn = html(histogram("conv1.W", found))
    assert "nan" not in drawn
    assert ("stroke-dasharray" in drawn) == has_start


def test_bars_are_as_long_as_their_numbers():
    drawn = bars("Times", [Bar("a", "3 ms", (1, 2)), Bar("b", "6 ms", (6, 0))], ("one", "two"))
    widths = [float(rect.get("width")) for rect in drawn.iter("rect")]
    assert widths[:2] == [10, 10], "the legend"
    assert widths[2:] == pytest.approx([280 / 6, 280 / 3, 280], abs=0.05)


@pytest.mark.parametrize("rows", [[], [Bar("a", "0", (0,))]])
def test_nothing_to_show(rows):
    assert "nan" not in html(bars("Times", rows))
