import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnncli.page.figures.axis import Axis, tick_text

VALUES = st.floats(-1e30, 1e30, allow_nan=False)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 230, [0, 50, 100, 150, 200, 250]),
        (0.13, 0.31, [0.1, 0.15, 0.2, 0.25, 0.3, 0.35]),
        (-3, 4, [-4, -2, 0, 2, 4]),
        (7, 7, [2, 4, 6, 8, 10, 12]),
        (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_ticks_are_round(low, high, expected):
    assert Axis.around(low, high, 100).ticks() == pytest.approx(expected)


def test_ticks_of_powers():
    axis = Axis.around(0.004, 3, 100, is_log=True)
    assert axis.ticks() == pytest.approx([0.001, 0.01, 0.1, 1, 10])
    assert [axis.place(value) for value in axis.ticks()] == pytest.approx([0, 25, 50, 75, 100])


@given(VALUES, VALUES)
@example(0.0, 5e-324)
@example(-1e-310, -1e-310)
@example(2e-30, 3e-30)
def test_an_axis_holds_its_values(a, b):
    low, high = sorted((a, b))
    axis = Axis.around(low, high, 100)
    slack = 1e-6
    assert -slack <= axis.place(low) <= axis.place(high) <= 100 + slack
    assert 2 <= len(axis.ticks()) <= 13
    assert all(math.isfinite(tick) for tick in axis.ticks())


@given(st.floats(1e-30, 1e30), st.floats(1e-30, 1e30))
def test_an_axis_of_powers_holds_its_values(a, b):
    low, high = sorted((a, b))
    axis = Axis.around(low, high, 100, is_log=True)
    assert -1e-6 <= axis.place(low) <= axis.place(high) <= 100 + 1e-6
    assert 2 <= len(axis.ticks()) <= 7 or axis.high / axis.low < 100


@pytest.mark.parametrize(
    ("value", "text"), [(0.02, "0.02"), (1000.0, "1,000"), (1e-6, "1e-06"), (0.0, "0")]
)
def test_tick_text(value, text):
    assert tick_text(value) == text
