"""A split in batches: a pure function of seed, epoch and step."""

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels import random

from .augment import Pipeline
from .dataset import Labels, Split

_PURPOSE = 0x0BA7
"""Keeps the order apart from other random numbers under the same seed."""


class Batch:
    """Some images of a split and their labels; the images are prepared when asked for.

    Each shard asks for its own part from its own thread.
    """

    def __init__(
        self, split: Split, pipeline: Pipeline, indices: NDArray[np.int64], epoch: int | None
    ) -> None:
        self._images = split.images
        self._pipeline = pipeline
        self._indices = indices
        self._epoch = epoch
        self.labels: Labels = split.labels[indices]

    def __len__(self) -> int:
        return len(self._indices)

    def images(self, first: int, last: int) -> NDArray[np.float32]:
        """The images from `first` up to `last` of the batch, (last - first, H, W, C)."""
        indices = self._indices[first:last]
        if self._epoch is None:
            return self._pipeline.plain(self._images[indices])
        return self._pipeline.train(self._images[indices], indices, self._epoch)


class Batches:
    """Cuts a split into batches; the last one of an epoch may be short, no image is left out.

    shuffle: a new order each epoch, and augmented; else the set's order, and plain.
    """

    def __init__(
        self, split: Split, pipeline: Pipeline, batch_size: int, seed: int, shuffle: bool
    ) -> None:
        self._split = split
        self._pipeline = pipeline
        self._size = batch_size
        self._seed = seed
        self._shuffle = shuffle
        self._order = (-1, np.arange(len(split.labels)))

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-len(self._split.labels) // self._size)

    def batch(self, epoch: int, step: int) -> Batch:
        """The batch of `step` (from 0, below `steps`) in `epoch`."""
        if self._shuffle and self._order[0] != epoch:
            key = random.key(self._seed, _PURPOSE, epoch)
            self._order = (epoch, random.permutation(key, len(self._split.labels)))
        indices = self._order[1][step * self._size : (step + 1) * self._size]
        return Batch(self._split, self._pipeline, indices, epoch if self._shuffle else None)
