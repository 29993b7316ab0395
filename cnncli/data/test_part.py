"""The images to test on of a set whose files have no such part."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Draw, Parts
from cnncli.datasets.problems import TEST_SHARE, too_few_to_test
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream

from .draw import Integers, draw, groups_of
from .validation_split import record


class TestPart(NamedTuple):
    """The places, ascending, of images to train on and to test on, and how these were drawn."""

    training: Integers
    testing: Integers
    draw: Draw

    def divide(self, parts: Parts) -> Parts:
        """A set with both parts, of one with the first alone."""
        files, count = dict(parts.files), len(parts.train.labels)
        if files:
            whole = files["train"]
            files["train"] = [whole[place] for place in self.training.tolist()]
            files["test"] = [whole[place] for place in self.testing.tolist()]
        remark = (
            f"no part to test on: {len(self.testing):,} of {count:,} images are taken for it, "
            f"drawn {self.draw.rule} with data.split_seed {self.draw.seed}"
        )
        return replace(
            parts,
            train=parts.train.part(self.training),
            test=parts.train.part(self.testing),
            files=files,
            remarks=parts.remarks | {"test": remark},
        )

    def in_order(self, values: NDArray[Any]) -> NDArray[Any]:
        """Values of all images, (N,), in the order of the splits of the set that was divided."""
        count = len(self.training) + len(self.testing)
        return np.concatenate((values[self.training], values[self.testing], values[count:]))


def draw_test(parts: Parts, place: Path, seed: int, numbers: Integers | None = None) -> TestPart:
    """One image of five, and of each class that has two at least one, drawn class by class.

    place: of the files, for messages. numbers: of each image's group, (N,), which are drawn whole.
    Raises DataError where no class has two images or groups.
    """
    labels = parts.train.labels
    groups = groups_of(labels, numbers)
    least, _ = groups.bounds
    if not least.any():
        sizes = np.bincount(groups.labels, minlength=len(parts.classes)).tolist()
        unit = "image" if numbers is None else "group"
        raise too_few_to_test(place, dict(zip(parts.classes, sizes, strict=True)), unit)
    total = _total(len(labels), int(least.sum()))
    drawn = draw(groups, total, random_streams.key(seed, Stream.TEST_PART))
    testing, training = drawn.pick()
    return TestPart(training, testing, record(testing, seed, numbers))


def count_test(place: Path, of_classes: Mapping[str, int]) -> int:
    """How many images are to test on, of so many of each class, where none are in groups.

    Raises DataError as `draw_test` does.
    """
    least = sum(size > 1 for size in of_classes.values())
    if not least:
        raise too_few_to_test(place, of_classes, "image")
    return _total(sum(of_classes.values()), least)


def _total(images: int, least: int) -> int:
    return max(round(images / TEST_SHARE), least)


def take_every_fifth(parts: Parts) -> Parts:
    """A set with a part to test on: every fifth image of each class, as in earlier versions.

    Those recorded nothing of it.
    """
    labels = parts.train.labels
    rank = np.empty(len(labels), np.int64)
    sizes = np.bincount(labels, minlength=len(parts.classes))
    rank[np.argsort(labels, kind="stable")] = np.arange(len(labels))
    rank -= (np.cumsum(sizes) - sizes)[labels]
    is_test = rank % TEST_SHARE == TEST_SHARE - 1
    return replace(
        parts,
        train=parts.train.part(np.flatnonzero(~is_test)),
        test=parts.train.part(np.flatnonzero(is_test)),
    )
