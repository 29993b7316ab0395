"""The images to test on of a set whose files have no such part."""

from pathlib import Path

import numpy as np

from cnncli.datasets.dataset import Parts
from cnncli.datasets.problems import problem
from cnncli.text import count, join_words

_SHARE = 5
"""One of so many images of a class."""


def draw_test(parts: Parts, place: Path) -> Parts:
    """A set with a part to test on: where its files have none, every fifth image of each class.

    place: of the files, for messages. Raises DataError where no class has five images.
    """
    if parts.test is not None:
        return parts
    labels = parts.train.labels
    rank = np.empty(len(labels), np.int64)
    sizes = np.bincount(labels, minlength=len(parts.classes))
    rank[np.argsort(labels, kind="stable")] = np.arange(len(labels))
    rank -= (np.cumsum(sizes) - sizes)[labels]
    test = rank % _SHARE == _SHARE - 1
    if not test.any():
        pairs = zip(parts.classes, sizes.tolist(), strict=True)
        found = join_words([f"{name} ({count(n, 'image')})" for name, n in pairs])
        expected = f"{_SHARE} images or more in a class"
        raise problem(place, expected, found, "add some, or a part to test on")
    note = f"no part to test on: every {_SHARE}th image of a class is taken for it"
    return parts._replace(
        train=parts.train.part(np.flatnonzero(~test)),
        test=parts.train.part(np.flatnonzero(test)),
        notes=(*parts.notes, note),
    )
