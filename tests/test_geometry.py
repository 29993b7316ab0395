"""The size rule, exactly."""

from fractions import Fraction

import pytest

from cnncli.geometry import Extent, Geometry, Padding, places


@pytest.mark.parametrize(
    ("W", "F", "S", "P", "expected"),
    [
        (7, 3, 1, 0, 5),
        (7, 3, 2, 0, 3),
        (5, 3, 1, 1, 5),
        (5, 3, 2, 1, 3),
        (5, 3, 3, 1, Fraction(7, 3)),
        (10, 3, 2, 0, Fraction(9, 2)),
        (227, 11, 4, 0, 55),
        (224, 11, 4, 0, Fraction(217, 4)),
    ],
)
def test_places(W, F, S, P, expected):
    assert places(W, F, S, 2 * P) == expected


def test_texts():
    assert str(Extent(3, 3)) == "3"
    assert str(Extent(3, 5)) == "3x5"
    assert str(Padding(1, 1, 1, 1)) == "1"
    assert str(Padding(1, 1, 2, 2)) == "1x2"
    assert str(Padding(1, 2, 0, 0)) == "{left: 1, right: 2, top: 0, bottom: 0}"


def test_a_geometry_is_exact():
    with pytest.raises(AssertionError):
        Geometry(Extent(5, 5), Extent(3, 3), Extent(2, 2), Padding(), Extent(2, 3))
