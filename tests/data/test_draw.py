"""The draw of images to hold out, against the rule tried out on all that is possible."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.draw import apportion


@pytest.mark.parametrize(
    ("total", "sizes", "parts"),
    [
        (10, [50, 30, 20], [5, 3, 2]),
        (10, [53, 28, 19], [5, 3, 2]),  # 5.3, 2.8, 1.9
        (2, [1, 1, 1], [1, 1, 0]),  # of equal remainders the first
        (7, [1, 1, 8], [1, 1, 5]),  # 0.7, 0.7, 5.6
        (0, [3, 4], [0, 0]),
        (5, [5, 0, 0], [5, 0, 0]),
    ],
)
def test_the_largest_remainders(total, sizes, parts):
    sizes = np.array(sizes)
    assert apportion(total, sizes, 0 * sizes, sizes).tolist() == parts


@given(st.lists(st.integers(0, 50), min_size=1, max_size=9), st.data())
def test_parts_are_within_their_bounds(sizes, data):
    sizes = np.array(sizes)
    total = data.draw(st.integers(0, int(sizes.sum())))
    least, most = np.minimum(sizes, 1), np.maximum(sizes - 1, np.minimum(sizes, 1))
    parts = apportion(total, sizes, least, most)
    assert parts.sum() == total
    assert (parts >= (least if least.sum() <= total else 0)).all()
    assert (parts <= (most if most.sum() >= total else sizes)).all()


@given(st.lists(st.integers(0, 6), min_size=1, max_size=4), st.data())
def test_no_other_parts_are_nearer_to_the_shares(sizes, data):
    """Of all parts that the bounds allow, by the sum of squares."""
    total = data.draw(st.integers(0, sum(sizes)))
    bounds = [sorted(data.draw(st.tuples(*[st.integers(0, size)] * 2))) for size in sizes]
    least, most = (np.array(each, np.int64) for each in zip(*bounds, strict=True))
    found = apportion(total, np.array(sizes), least, most)
    if least.sum() > total:
        least[:] = 0
    if most.sum() < total:
        most = np.array(sizes)

    def cost(parts):
        shares = [Fraction(total * size, max(sum(sizes), 1)) for size in sizes]
        return sum((part - share) ** 2 for part, share in zip(parts, shares, strict=True))

    allowed = product(
        *(range(a, b + 1) for a, b in zip(least.tolist(), most.tolist(), strict=True))
    )
    assert cost(found.tolist()) == min(cost(parts) for parts in allowed if sum(parts) == total)
