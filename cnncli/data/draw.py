"""The draw of images that are held out: by class, in whole groups, as a key of random numbers says.

A group is what must not be torn apart, such as all views of one object. Where none are given, each
image is one, and shares are those of the largest remainders.
"""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels import random_streams

Integers: TypeAlias = NDArray[np.int64]

_NO_SIZE = np.iinfo(np.int64).max
"""Of the smallest group where there is none."""


class Groups(NamedTuple):
    """What is drawn whole. of: the group of each image, (N,). labels, sizes: of each, (G,)."""

    of: Integers
    labels: Integers
    sizes: Integers

    @property
    def images(self) -> Integers:
        """Of each class, (k,)."""
        return np.bincount(self.labels, self.sizes).astype(np.int64)

    @property
    def bounds(self) -> tuple[Integers, Integers]:
        """The images (k,) of each class to hold out at least and at most.

        Of two groups or more, one is held out and one is not; a single one is not.
        """
        smallest = np.full(len(self.images), _NO_SIZE)
        np.minimum.at(smallest, self.labels, self.sizes)
        smallest *= np.bincount(self.labels) > 1
        return smallest, np.where(smallest, self.images - smallest, 0)


def groups_of(labels: Integers, numbers: Integers | None) -> Groups:
    """Groups by the number of each image's own, (N,), of images of these classes, (N,).

    One with images of several classes counts for the class of most of them, of equal ones the
    first.
    """
    if numbers is None:
        return Groups(np.arange(len(labels)), labels, np.ones_like(labels))
    _, of = np.unique(numbers, return_inverse=True)
    classes = int(labels.max()) + 1
    pairs, counts = np.unique(of * classes + labels, return_counts=True)
    most_first = pairs[np.lexsort((pairs, -counts, pairs // classes))]
    _, firsts = np.unique(most_first // classes, return_index=True)
    return Groups(of, most_first[firsts] % classes, np.bincount(of))


class Drawn(NamedTuple):
    """All images in the order of the draw: class by class, of each first those that are held out.

    places, labels: of the images, (N,). held: how many of each class, (k,).
    """

    places: Integers
    labels: Integers
    held: Integers

    def pick(self, kept: int | None = None) -> tuple[Integers, Integers]:
        """The places of the images held out, and of `kept` others, or all; both ascending.

        Those that are kept are of all classes in their shares, of a class the first ones.
        """
        sizes = np.bincount(self.labels)
        left = sizes - self.held
        to_keep = left if kept is None else apportion(kept, left, np.minimum(left, 1), left)
        rank = np.arange(len(self.labels)) - (np.cumsum(sizes) - sizes)[self.labels]
        first, last = self.held[self.labels], (self.held + to_keep)[self.labels]
        return (
            np.sort(self.places[rank < first]),
            np.sort(self.places[(rank >= first) & (rank < last)]),
        )


def draw(groups: Groups, total: int, key: np.uint64) -> Drawn:
    """About `total` images in whole groups: of images alone so many, else as near as groups allow.

    The shares of the classes are those of the whole. Where `total` is not 0, and a class has two
    groups, one at least is held out.
    """
    order = random_streams.permutation(key, len(groups.labels))
    return arrange(groups, _choose(groups, total, order), order)


def arrange(groups: Groups, is_held: NDArray[np.bool_], order: Integers) -> Drawn:
    """The images of groups of which some are held out, (G,), by the order of groups, (G,)."""
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    labels = groups.labels[groups.of]
    places = np.lexsort((rank[groups.of], ~is_held[groups.of], labels))
    held = np.bincount(groups.labels, groups.sizes * is_held).astype(np.int64)
    return Drawn(places, labels[places], held)


def _choose(groups: Groups, total: int, order: Integers) -> NDArray[np.bool_]:
    """Which groups are held out, (G,): of each class those that its share has room for.

    Then, as long as that brings the total nearer, the class that lacks most gives its smallest.
    """
    is_held = np.zeros(len(groups.labels), np.bool_)
    if not total:
        return is_held
    lacking = apportion(total, groups.images, *groups.bounds).tolist()
    labels, sizes = groups.labels.tolist(), groups.sizes.tolist()
    left: dict[int, list[int]] = {}
    for group in order.tolist():
        label = labels[group]
        if sizes[group] <= lacking[label]:
            lacking[label] -= sizes[group]
            is_held[group] = True
        else:
            left.setdefault(label, []).append(group)
    if any(lacking):
        _give(groups.sizes, left, np.array(lacking), is_held)
    return is_held


def _give(
    sizes: Integers, left: dict[int, list[int]], lacking: Integers, is_held: NDArray[np.bool_]
) -> None:
    """Holds out groups of those `left` of each class; the last one of a class stays.

    lacking: the images (k,) that each class lacks.
    """
    for own in left.values():
        own.sort(key=lambda group: -int(sizes[group]))  # the smallest last, of equal ones any
    smallest = np.full(len(lacking), _NO_SIZE)

    def look(label: int) -> None:
        own = left[label]
        smallest[label] = sizes[own[-1]] if len(own) > 1 else _NO_SIZE

    for label in left:
        look(label)
    while True:
        fits = smallest < (2 * lacking.sum() if is_held.any() else _NO_SIZE)
        if not fits.any():
            return
        label = int(np.argmax(np.where(fits, lacking, -_NO_SIZE)))
        group = left[label].pop()
        is_held[group] = True
        lacking[label] -= sizes[group]
        look(label)


def apportion(total: int, sizes: Integers, least: Integers, most: Integers) -> Integers:
    """`total` in parts for classes of these sizes (k,), by the rule of the largest remainder.

    Each part is total * size / sum of sizes, rounded down; the largest remainders get one more, of
    equal ones the first class. Then parts are moved within `least` and `most` (k,) at the smallest
    cost, as far as the total allows them.
    """
    everything = int(sizes.sum())
    if least.sum() > total:
        least = np.zeros_like(sizes)
    if most.sum() < total:
        most = sizes
    parts, remainders = np.divmod(total * sizes, max(everything, 1))
    parts[np.argsort(-remainders, kind="stable")[: total - int(parts.sum())]] += 1
    parts = np.clip(parts, least, most)
    while missing := total - int(parts.sum()):
        lacking = (total * sizes - parts * everything) * np.sign(missing)
        can_move = parts < most if missing > 0 else parts > least
        parts[np.argmax(np.where(can_move, lacking, np.iinfo(np.int64).min))] += np.sign(missing)
    return parts
