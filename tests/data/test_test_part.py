"""Images to test on, where a set's files have no part for it."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.test_part import draw_test, take_every_fifth
from cnncli.datasets.dataset import Draw, Parts, Split
from cnncli.errors import DataError
from tests.datasets.reading import no_test, to_test
from tests.messages import error_text

PLACE = Path("somewhere")


class Listed:
    """Images of which only the places are known, as those that stay on the disk."""

    def __init__(self, places):
        self.places = places

    def __getitem__(self, places):
        assert places.dtype == np.int64
        return Listed([self.places[place] for place in places])


def whole(labels, classes=("a", "b", "c"), files=None):
    images = Listed(list(range(len(labels))))
    files = {"train": files} if files else {}
    return Parts(classes, Split(images, np.array(labels, np.int64)), files=files)


@pytest.mark.parametrize("seed", range(5))
def test_a_fifth_of_each_class(seed):
    labels = np.random.default_rng(0).integers(0, 3, 100)
    drawn = draw_test(whole(labels), PLACE, seed)
    test = to_test(labels, seed)
    assert drawn.testing.tolist() == np.flatnonzero(test).tolist()
    assert drawn.training.tolist() == np.flatnonzero(~test).tolist()
    digest = hashlib.sha256(np.flatnonzero(test).astype("<i8").tobytes()).hexdigest()
    assert drawn.draw == Draw("by class", seed, digest)


def test_a_set_is_divided():
    labels = np.arange(30) % 3
    parts = whole(labels, files=[f"{i}.png" for i in range(30)])
    drawn = draw_test(parts, PLACE, 7)
    divided = drawn.divide(parts)
    for split, places, name in (
        (divided.train, drawn.training, "train"),
        (divided.test, drawn.testing, "test"),
    ):
        assert split.images.places == places.tolist()
        np.testing.assert_array_equal(split.labels, labels[places])
        assert divided.files[name] == [f"{i}.png" for i in places]
    assert divided.remarks == {"test": no_test(6, 30, 7)}
    assert parts.files.keys() == {"train"}
    np.testing.assert_array_equal(
        drawn.in_order(np.arange(35)), [*drawn.training, *drawn.testing, *range(30, 35)]
    )


@given(st.lists(st.integers(0, 6), min_size=2, max_size=80), st.integers(0, 9))
def test_every_class_of_two_is_on_both_sides(labels, seed):
    sizes = np.bincount(labels, minlength=7)
    if sizes.max() == 1:
        return
    drawn = draw_test(whole(labels, tuple("abcdefg")), PLACE, seed)
    assert sorted([*drawn.training, *drawn.testing]) == list(range(len(labels)))
    assert len(drawn.testing) == max(round(len(labels) / 5), (sizes > 1).sum())
    for places in (drawn.training, drawn.testing):
        assert (np.diff(places) > 0).all()
        counts = np.bincount(np.array(labels)[places], minlength=7)
        assert (counts[sizes > 1] > 0).all()
    assert not set(np.array(labels)[drawn.testing]) & set(np.flatnonzero(sizes == 1))


def test_another_seed_tests_on_others():
    drawn = {tuple(draw_test(whole([0, 1] * 40), PLACE, seed).testing) for seed in range(20)}
    assert len(drawn) == 20


@pytest.mark.parametrize("labels", [[0, 1], [0]])
def test_too_few(labels):
    counts = " and ".join(
        f"{name} ({n} {'image' if n == 1 else 'images'})"
        for name, n in zip("ab", np.bincount(labels, minlength=2), strict=True)
    )
    assert error_text(DataError, draw_test, whole(labels, ("a", "b")), PLACE, 0) == (
        f"somewhere: expected 2 images or more in a class, found {counts}; "
        "add some, or a part to test on"
    )
    assert len(draw_test(whole([*labels, 0], ("a", "b")), PLACE, 0).testing) == 1


def test_every_fifth_of_a_class():
    """As runs of earlier versions have it."""
    labels = np.random.default_rng(0).integers(0, 3, 100)
    parts = take_every_fifth(whole(labels))
    expected = sorted(p for k in range(3) for p in np.flatnonzero(labels == k)[4::5])
    assert parts.test.images.places == expected
    assert parts.train.images.places == sorted(set(range(100)) - set(expected))
    for split in (parts.train, parts.test):
        np.testing.assert_array_equal(split.labels, labels[split.images.places])
