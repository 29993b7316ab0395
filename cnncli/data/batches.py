"""A split in batches: a pure function of seed, epoch and step."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels import random
from cnncli.kernels.workspace import Workspace

from .augment import Pipeline
from .dataset import Images, Labels, Split
from .views import AS_IT_IS, View

_PURPOSE = 0x0BA7
"""Keeps the order apart from other random numbers under the same seed."""


@dataclass(frozen=True)
class Part:
    """Some images of a batch as they are stored, and how they are prepared.

    indices: the images' places in the split. epoch: of their augmentation; None: there is none,
    and `view` says how they are seen.
    """

    stored: Images
    labels: Labels
    pipeline: Pipeline
    indices: NDArray[np.int64]
    epoch: int | None
    view: View

    def images(self, workspace: Workspace) -> NDArray[np.float32]:
        """The images prepared, (n, H, W, C)."""
        if self.epoch is None:
            return self.pipeline.plain(workspace, self.stored, self.view)
        return self.pipeline.train(workspace, self.stored, self.indices, self.epoch)


class Batch:
    """Some images of a split and their labels. Each shard prepares the images of its own part."""

    def __init__(
        self,
        split: Split,
        pipeline: Pipeline,
        indices: NDArray[np.int64],
        epoch: int | None,
        view: View,
    ) -> None:
        self._images = split.images
        self._pipeline = pipeline
        self._indices = indices
        self._epoch = epoch
        self._view = view
        self.labels: Labels = split.labels[indices]

    def __len__(self) -> int:
        return len(self._indices)

    def part(self, first: int, last: int) -> Part:
        """The images from `first` up to `last` of the batch."""
        indices = self._indices[first:last]
        labels = self.labels[first:last]
        stored = self._images[indices]
        return Part(stored, labels, self._pipeline, indices, self._epoch, self._view)


class Batches:
    """Cuts a split into batches.

    shuffle: a new order each epoch, and augmented; else the set's order, and plain. last: what
    becomes of images that do not fill the last batch of an epoch: a short one, none (but if there
    is no other), or one that goes on with the first images of the epoch.
    """

    def __init__(
        self,
        split: Split,
        pipeline: Pipeline,
        batch_size: int,
        seed: int,
        shuffle: bool,
        last: Literal["short", "drop", "wrap"] = "short",
    ) -> None:
        self._split = split
        self._pipeline = pipeline
        self._size = batch_size
        self._seed = seed
        self._shuffle = shuffle
        self._last = last
        self._order = (-1, np.arange(len(split.labels)))

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        images = len(self._split.labels)
        return max(images // self._size, 1) if self._last == "drop" else -(-images // self._size)

    def batch(self, epoch: int, step: int, view: View = AS_IT_IS) -> Batch:
        """The batch of `step` (from 0, below `steps`) in `epoch`; seen so if not augmented."""
        if self._shuffle and self._order[0] != epoch:
            key = random.key(self._seed, _PURPOSE, epoch)
            self._order = (epoch, random.permutation(key, len(self._split.labels)))
        order, first = self._order[1], step * self._size
        if self._last == "wrap":
            indices = order.take(np.arange(first, first + self._size), mode="wrap")
        else:
            indices = order[first : first + self._size]
        return Batch(self._split, self._pipeline, indices, epoch if self._shuffle else None, view)
