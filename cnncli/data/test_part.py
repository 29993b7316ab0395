"""The images to test on of a set whose files have no such part."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from cnncli.datasets.dataset import Parts
from cnncli.datasets.problems import NO_TEST, TEST_SHARE, too_few_to_test


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
    test = rank % TEST_SHARE == TEST_SHARE - 1
    if not test.any():
        raise too_few_to_test(place, dict(zip(parts.classes, sizes.tolist(), strict=True)))
    return replace(
        parts,
        train=parts.train.part(np.flatnonzero(~test)),
        test=parts.train.part(np.flatnonzero(test)),
        remarks=parts.remarks | {"test": NO_TEST},
    )
