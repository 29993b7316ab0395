"""A split in batches: a pure function of seed, epoch and step."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Labels, Split
from cnncli.kernels import random_streams
from cnncli.transforms.views import AS_IT_IS, View

from .mixup import Blend, draw_share
from .parts import Part
from .pipeline import Pipeline

_PURPOSE = 0x0BA7
"""Keeps the order apart from other random numbers under the same seed."""


class Batch:
    """Some images of a split and their labels. Each shard prepares the images of its own part.

    share: of an image where it is blended with another of the batch, the one that is as far from
    the batch's end as it is from the beginning; None: it is not.
    """

    def __init__(
        self,
        split: Split,
        pipeline: Pipeline,
        indices: NDArray[np.int64],
        epoch: int | None,
        view: View,
        share: float | None = None,
    ) -> None:
        self._images = split.images
        self._pipeline = pipeline
        self._indices = indices
        self._epoch = epoch
        self._view = view
        self._share = share
        self.labels: Labels = split.labels[indices]

    def __len__(self) -> int:
        return len(self._indices)

    def part(self, first: int, last: int) -> Part | Blend:
        """The images from `first` up to `last` of the batch."""
        own = self._part(slice(first, last))
        if self._share is None:
            return own
        opposite = np.arange(len(self) - 1 - first, len(self) - 1 - last, -1)
        return Blend(own, self._part(opposite), self._share)

    def _part(self, places: slice | NDArray[np.int64]) -> Part:
        indices, labels = self._indices[places], self.labels[places]
        stored = self._images[indices]
        return Part(stored, labels, self._pipeline, indices, self._epoch, self._view)


class Batches:
    """Cuts a split into batches.

    shuffle: a new order each epoch, and augmented; else the set's order, and plain. last: what
    becomes of images that do not fill the last batch of an epoch: a short one, none (but if there
    is no other), or one that goes on with the first images of the epoch. mixup: alpha of the
    distribution of the shares in which shuffled images are blended; 0: they are not.
    """

    def __init__(
        self,
        split: Split,
        pipeline: Pipeline,
        batch_size: int,
        seed: int,
        shuffle: bool,
        last: Literal["short", "drop", "wrap"] = "short",
        mixup: float = 0.0,
    ) -> None:
        self._split = split
        self._pipeline = pipeline
        self._size = batch_size
        self._seed = seed
        self._shuffle = shuffle
        self._last = last
        self._mixup = mixup
        self._order = (-1, np.arange(len(split.labels)))

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        images = len(self._split.labels)
        return max(images // self._size, 1) if self._last == "drop" else -(-images // self._size)

    def batch(self, epoch: int, step: int, view: View = AS_IT_IS) -> Batch:
        """The batch of `step` (from 0, below `steps`) in `epoch`; seen so if not augmented."""
        if self._shuffle and self._order[0] != epoch:
            key = random_streams.key(self._seed, _PURPOSE, epoch)
            self._order = (epoch, random_streams.permutation(key, len(self._split.labels)))
        order, first = self._order[1], step * self._size
        if self._last == "wrap":
            indices = order.take(np.arange(first, first + self._size), mode="wrap")
        else:
            indices = order[first : first + self._size]
        if not self._shuffle:
            return Batch(self._split, self._pipeline, indices, None, view)
        share = draw_share(self._mixup, self._seed, epoch, step) if self._mixup else None
        return Batch(self._split, self._pipeline, indices, epoch, view, share)
