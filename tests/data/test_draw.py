"""The draw of images to hold out, against the rule tried out on all that is possible."""

import time
from collections import Counter
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.draw import apportion, draw, groups_of
from cnncli.kernels import random_streams


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


KEY = random_streams.key(3)


@st.composite
def grouped(draw):
    """Classes of images, the groups that they are in, and how many are asked for."""
    labels = draw(st.lists(st.integers(0, 4), min_size=2, max_size=60))
    numbers = draw(st.lists(st.integers(0, 12), min_size=len(labels), max_size=len(labels)))
    total = draw(st.integers(1, len(labels) - 1))
    return np.array(labels), np.array(numbers), total


def main_class(labels, numbers, group):
    return Counter(sorted(labels[numbers == group].tolist())).most_common(1)[0][0]


@given(grouped())
def test_groups_stay_together(case):
    labels, numbers, total = case
    held, others = draw(groups_of(labels, numbers), total, KEY).pick()
    assert sorted([*held, *others]) == list(range(len(labels)))
    assert not set(numbers[held]) & set(numbers[others])


@given(grouped())
def test_the_total_is_as_near_as_another_group_brings_it(case):
    """By the class of most of a group's images; of several groups one at least is on each side."""
    labels, numbers, total = case
    held, _ = draw(groups_of(labels, numbers), total, KEY).pick()
    sizes = Counter(numbers.tolist())
    of_class = {k: [] for k in range(5)}
    for group in sizes:
        of_class[main_class(labels, numbers, group)].append(group)
    on_this_side, smallest, most = set(numbers[held].tolist()), 0, 0
    for groups in of_class.values():
        if len(groups) > 1:
            smallest += min(sizes[group] for group in groups)
            most += sum(sizes[g] for g in groups) - min(sizes[g] for g in groups)
    for groups in of_class.values():
        left = [group for group in groups if group not in on_this_side]
        if len(groups) > 1:
            assert len(left) < len(groups) or smallest > total
            assert left or most < total
        if len(left) > 1 and len(held):
            another = len(held) + min(sizes[group] for group in left)
            assert abs(another - total) >= abs(len(held) - total)
    assert len(held) or all(len(groups) < 2 for groups in of_class.values())


@given(st.lists(st.integers(2, 12), min_size=1, max_size=6), st.integers(1, 7), st.data())
def test_groups_of_one_size_are_drawn_in_the_shares_of_the_classes(counts, size, data):
    """As many as are asked for, of each class one more or less than its share."""
    asked = data.draw(st.integers(len(counts), sum(counts) - len(counts)))
    numbers = np.repeat(np.arange(sum(counts)), size)
    labels = np.repeat(np.arange(len(counts)), counts)[numbers]
    held, _ = draw(groups_of(labels, numbers), asked * size, KEY).pick()
    assert len(held) == asked * size
    found = np.bincount(labels[held], minlength=len(counts)) // size
    assert ((found > 0) & (found < counts)).all()
    if asked * min(counts) >= sum(counts) <= (sum(counts) - asked) * min(counts):
        assert (abs(found - asked * np.array(counts) / sum(counts)) < 1 + 1e-9).all()


@given(grouped())
def test_images_alone_are_groups_of_one(case):
    labels, _, total = case
    alone, known = (
        draw(groups_of(labels, numbers), total, KEY).pick()
        for numbers in (None, np.arange(len(labels)))
    )
    for one, other in zip(alone, known, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(alone[0]) == total


def test_a_group_counts_for_the_class_of_most_of_its_images():
    groups = groups_of(np.array([1, 0, 1, 2, 0, 0]), np.array([9, 9, 9, 4, 5, 5]))
    assert (groups.labels.tolist(), groups.sizes.tolist()) == ([2, 0, 1], [1, 2, 3])
    assert groups.of.tolist() == [2, 2, 2, 0, 1, 1]


def test_many_groups_take_no_time():
    """A million images, in pairs, of ten thousand classes."""
    numbers = np.arange(10**6) // 2
    start = time.perf_counter()
    held, _ = draw(groups_of(numbers % 10_000, numbers), 200_001, KEY).pick()
    assert abs(len(held) - 200_001) <= 1
    assert time.perf_counter() - start < 30


def test_the_last_group_of_a_class_stays():
    """Though all twelve images are nearer to eight than two are."""
    numbers = np.array([0] * 2 + [1] * 10)
    held, others = draw(groups_of(np.zeros(12, np.int64), numbers), 8, KEY).pick()
    assert (held.tolist(), others.tolist()) == ([0, 1], list(range(2, 12)))
