"""The folds of the training images: each image is in one of them, and each validates once.

Classes are dealt out like cards, so that folds differ by one image at most, of each class and in
all. Whole groups go from the largest on to the fold that has fewest of their class, which is near
to that (Graham 1969, Bounds on multiprocessing timing anomalies).
"""

from heapq import heapify, heapreplace

import numpy as np

from cnncli.datasets.problems import section_problem
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.text import count

from .draw import Drawn, Groups, Integers, arrange


def draw_fold(groups: Groups, fold: str, seed: int) -> Drawn:
    """Holds out the fold, such as `2/5`, of the folds that the seed of the draw makes.

    Raises ConfigError where there are more folds than groups.
    """
    number, folds = map(int, fold.split("/"))
    check_folds(
        fold, len(groups.sizes), "image" if len(groups.sizes) == len(groups.of) else "group"
    )
    order = random_streams.permutation(random_streams.key(seed, Stream.FOLDS), len(groups.sizes))
    return arrange(groups, deal(groups, folds, order) == number - 1, order)


def check_folds(fold: str, number: int, unit: str) -> None:
    """Raises ConfigError where a fold would be empty, of so many images or groups."""
    folds = int(fold.split("/")[1])
    if folds > number:
        raise section_problem(
            "fold",
            f"{fold} needs {folds:,} {unit}s, and there are {count(number, unit)}; make "
            f"fewer folds",
        )


def fold_size(fold: str, images: int) -> int:
    """How many of so many images are in the fold, where none are in groups."""
    number, folds = map(int, fold.split("/"))
    return images // folds + (number <= images % folds)


def deal(groups: Groups, folds: int, order: Integers) -> Integers:
    """The fold of each group, (G,), from 0; of groups alike the first in the order, (G,), is first.

    Of folds with equally many of a class the one with fewest images is next, then the first.
    """
    found = np.empty(len(groups.sizes), np.int64)
    in_turn = order[np.lexsort((-groups.sizes[order], groups.labels[order]))].tolist()
    labels, sizes = groups.labels.tolist(), groups.sizes.tolist()
    totals, label, heap = [0] * folds, None, []
    for group in in_turn:
        if labels[group] != label:
            label = labels[group]
            heap = [(0, total, fold) for fold, total in enumerate(totals)]
            heapify(heap)
        own, _, fold = heap[0]
        totals[fold] += sizes[group]
        heapreplace(heap, (own + sizes[group], totals[fold], fold))
        found[group] = fold
    return found
