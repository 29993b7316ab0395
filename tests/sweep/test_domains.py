"""Domains: what they give is in them, evenly, readable and exact."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.source_text.scalars import resolve
from cnncli.sweep.domains import Choices, Integers, Interval

SHARES = st.floats(0, 1, exclude_max=True)
NUMBERS = st.floats(-1e100, 1e100)
LAST = 1 - 2.0**-53


@given(NUMBERS, NUMBERS, SHARES)
def test_numbers_are_between_the_ends_and_exact_as_text(one, other, share):
    low, high = sorted((one, other))
    if low < high:
        value = Interval((), low, high).at(share)
        assert low <= value <= high
        assert resolve(repr(value)) == value


@given(st.floats(1e-300, 1e100), st.floats(1e-300, 1e100), SHARES)
def test_logarithms(one, other, share):
    low, high = sorted((one, other))
    if low < high:
        value = Interval((), low, high, log=True).at(share)
        assert low <= value <= high
        expected = log(low) + share * (log(high) - log(low))
        assert log(value) == pytest.approx(expected, abs=1e-5 + 1e-12 * abs(expected))


@given(st.integers(-(2**53), 2**53), st.integers(0, 2**53), st.data())
def test_whole_numbers(low, width, data):
    high = low + width
    step = data.draw(st.integers(1, max(width, 1)))
    value = Integers((), low, high, step=step).at(data.draw(SHARES))
    assert type(value) is int
    assert low <= value <= high
    assert (value - low) % step == 0


def test_both_ends_come_up():
    assert [Integers((), 1, 6).at(share) for share in (0.0, LAST)] == [1, 6]
    assert [Integers((), 1, 6, log=True).at(share) for share in (0.0, LAST)] == [1, 6]
    assert [Interval((), 0.1, 0.3, step=0.1).at(share) for share in (0.0, LAST)] == [0.1, 0.3]
    assert [Interval((), 0.1, 0.3).at(share) for share in (0.0, LAST)] == [0.1, 0.3]
    assert [Choices((), ("a", None)).at(share) for share in (0.0, LAST)] == ["a", None]


def test_each_is_as_likely():
    shares = [(k + 0.5) / 600 for k in range(600)]
    for domain in (Integers((), 1, 6), Choices((), tuple(range(6)))):
        counts = dict.fromkeys(domain.grid(), 0)
        for share in shares:
            counts[domain.at(share)] += 1
        assert set(counts.values()) == {100}
    steps = [Interval((), 0.0, 0.5, step=0.1).at(share) for share in shares]
    assert {value: steps.count(value) for value in steps} == dict.fromkeys(
        (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), 100
    )
    doubled = [Integers((), 1, 7, log=True).at(share) for share in shares]
    assert [sum(2**k <= v < 2 ** (k + 1) for v in doubled) for k in range(3)] == [200] * 3


def test_numbers_have_six_digits():
    assert Interval((), 0.0, 1.0).at(1 / 3) == 0.333333
    assert Interval((), 1e-3, 1.0, log=True).at(0.5) == 0.0316228


@pytest.mark.parametrize(
    ("domain", "points"),
    [
        (Choices((), (3, "a")), (3, "a")),
        (Integers((), 1, 4), (1, 2, 3, 4)),
        (Integers((), 1, 8, step=3), (1, 4, 7)),
        (Integers((), 1, 64, log=True, points=4), (1, 4, 16, 64)),
        (Integers((), 1, 3, points=100), (1, 2, 3)),
        (Interval((), 1e-3, 1.0, log=True, points=4), (0.001, 0.01, 0.1, 1.0)),
        (Interval((), 0.0, 1.0, points=3), (0.0, 0.5, 1.0)),
        (Interval((), 0.8, 0.95, step=0.05), (0.8, 0.85, 0.9, 0.95)),
        (Interval((), 0.0, 1.0, step=0.3, points=2), (0.0, 0.9)),
    ],
    ids=str,
)
def test_points_of_a_grid(domain, points):
    assert domain.grid() == points
    assert domain.size >= len(points)
    assert all(domain.has(point) for point in points)
    assert not domain.has("b")
    assert not domain.has(True)


def test_no_number_of_points():
    assert Interval((), 0.0, 1.0).size is None
    assert Integers((), 1, 64, log=True).size is None
