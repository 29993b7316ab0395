"""Images to test on, where a set's files have no part for it."""

from pathlib import Path

import numpy as np
import pytest

from cnncli.data.test_part import draw_test
from cnncli.datasets.dataset import Parts, Split
from cnncli.errors import DataError
from tests.messages import error_text

PLACE = Path("somewhere")


class Listed:
    """Images of which only the places are known, as those that stay on the disk."""

    def __init__(self, places):
        self.places = places

    def __getitem__(self, places):
        assert places.dtype == np.int64
        return Listed([self.places[place] for place in places])


def whole(labels, classes=("a", "b", "c")):
    images = Listed(list(range(len(labels))))
    return Parts(classes, Split(images, np.array(labels, np.int64)), None)


def test_every_fifth_of_a_class():
    labels = np.random.default_rng(0).integers(0, 3, 100)
    parts = draw_test(whole(labels), PLACE)
    expected = sorted(p for k in range(3) for p in np.flatnonzero(labels == k)[4::5])
    assert parts.test.images.places == expected
    assert parts.train.images.places == sorted(set(range(100)) - set(expected))
    for split in (parts.train, parts.test):
        np.testing.assert_array_equal(split.labels, labels[split.images.places])
    assert draw_test(parts, PLACE) is parts


@pytest.mark.parametrize("labels", [[0, 1, 1, 0, 1, 1], [0] * 4])
def test_too_few(labels):
    counts = " and ".join(
        f"{name} ({n} {'image' if n == 1 else 'images'})"
        for name, n in zip("ab", np.bincount(labels, minlength=2), strict=True)
    )
    assert error_text(DataError, draw_test, whole(labels, ("a", "b")), PLACE) == (
        f"somewhere: expected 5 images or more in a class, found {counts}; "
        "add some, or a part to test on"
    )
