"""Derivatives by differences: of functions that have one, and at their kinks."""

import math

import numpy as np
import pytest

from cnncli.engine.differences.central import Suspect, Worst, change_at, compare, derivative, sample


def of(function, x, scale=1.0):
    return derivative(lambda h: function(x + h) - function(x), scale)


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (math.exp, 1.5, math.exp(1.5)),
        (math.sin, 0.3, math.cos(0.3)),
        (lambda x: x**3, -2.0, 12.0),
        (lambda x: 1 / x, 0.02, -2500.0),
        (lambda x: 7.0, 1.0, 0.0),
        (lambda x: math.sin(100 * x), 0.0, 100.0),
        (abs, 1e-3, 1.0),
    ],
)
def test_a_derivative(function, x, expected):
    assert of(function, x) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("near", [0.0, 3e-8, -3e-8, 5e-9])
@pytest.mark.parametrize(
    "function", [abs, lambda x: max(x, 0.0), lambda x: max(x, 0.01 * x), lambda x: math.floor(x)]
)
def test_a_kink_has_none(function, near):
    assert of(function, near) is None


@pytest.mark.parametrize("near", [3e-5, -3e-5, 3e-6, -3e-6])
def test_beside_a_kink_the_step_becomes_smaller(near):
    assert of(lambda x: max(x, 0.0), near) == pytest.approx(float(near > 0), abs=1e-9)


def test_what_is_no_number_has_none():
    assert of(lambda x: math.nan, 0.0) is None


def worst_of(gradient, at, largest=None):
    """The function sum of x**2 at x; its gradient is 2x."""
    x = np.array([[1.0, 2.0, -3.0], [0.5, 0.0, 4.0]])
    suspects = {"a": Suspect(x, gradient)}
    start = float((x**2).sum())
    return compare(
        suspects,
        lambda name, index: change_at(x, index, lambda: float((x**2).sum()) - start),
        {"a": at},
    )


RIGHT = np.array([[2.0, 4.0, -6.0], [1.0, 0.0, 8.0]])
EVERY = [(i, j) for i in range(2) for j in range(3)]


def test_a_right_gradient():
    worst = worst_of(RIGHT, EVERY)
    assert worst.error < 1e-8
    assert (worst.compared, worst.kinks) == (6, 0)


@pytest.mark.parametrize("index", EVERY)
def test_one_wrong_number_is_found(index):
    """Its error is relative to the largest, 8."""
    wrong = RIGHT.copy()
    wrong[index] += 0.008
    worst = worst_of(wrong, EVERY)
    assert worst.place == f"a[{index[0]},{index[1]}]"
    assert worst.error == pytest.approx(0.001, rel=0.01)
    assert worst.analytic == wrong[index]
    assert worst.numeric == pytest.approx(RIGHT[index], abs=1e-7)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_is_wrong(bad):
    wrong = RIGHT.copy()
    wrong[1, 0] = bad
    worst = worst_of(wrong, EVERY)
    assert (worst.error, worst.place) == (np.inf, "a[1,0]")


def test_a_gradient_of_zero_everywhere_is_wrong():
    assert worst_of(np.zeros_like(RIGHT), EVERY).error == pytest.approx(1)


def test_numbers_are_put_back():
    x = np.array([1.0, 2.0])
    seen = []

    def value():
        seen.append(x.copy())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change_at(x, (1,), value)(0.5)
    np.testing.assert_array_equal(seen, [[1.0, 2.5]])
    np.testing.assert_array_equal(x, [1.0, 2.0])


def test_the_worse_of_two():
    small, large = Worst(1e-9, "a[0]", compared=3), Worst(1e-3, "b[1]", compared=2, kinks=1)
    for both in (small | large, large | small):
        assert (both.error, both.place, both.compared, both.kinks) == (1e-3, "b[1]", 5, 1)
    assert (Worst(kinks=2) | small).error == 1e-9
    assert Worst(kinks=2).error is None
    assert small.of("conv1").place == "conv1.a[0]"
    assert Worst().of("conv1").place == ""


def arrays(**gradients):
    return {name: Suspect(gradient, gradient) for name, gradient in gradients.items()}


def test_what_is_looked_at():
    """The ends and the largest, then others; the same for the same seed."""
    gradient = np.zeros((4, 5, 6))
    gradient[2, 3, 4] = -9
    found = sample(arrays(W=gradient), 5, seed=1)["W"]
    assert found[:3] == [(2, 3, 4), (0, 0, 0), (3, 4, 5)]
    assert len(set(found)) == 5
    assert found == sample(arrays(W=gradient), 5, seed=1)["W"]
    assert found != sample(arrays(W=gradient), 5, seed=2)["W"]


def test_every_number():
    several = arrays(W=np.ones((2, 3)), b=np.ones(3), none=np.ones(0))
    for count in (None, 6):
        found = sample(several, count, seed=0)
        assert found == {"W": EVERY, "b": [(0,), (1,), (2,)], "none": []}


def test_not_more_than_there_is_time_for():
    several = arrays(**{f"a{number}": np.arange(9.0) for number in range(8)})
    for most in (4, 8, 20):
        found = sample(several, 5, 0, most)
        assert sum(map(len, found.values())) == {4: 4, 8: 8, 20: 16}[most]
        assert list(found) == sorted(found)
    assert sum(map(len, sample(several, None, 0, 4).values())) == 72
