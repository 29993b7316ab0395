"""A split in batches: a pure function of seed, epoch and step."""

import itertools
import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy import asarray, float32, int64
from numpy.typing import NDArray

from cnncli.datasets.dataset import Split, Stored
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Labels
from cnncli.optim.losses import Loss
from cnncli.transforms.views import AS_IT_IS, View

from .pipeline import Pipeline
from .sampler import balanced


@dataclass(frozen=True)
class StoredPart:
    """Some images of a batch as they are stored, and how they are prepared.

    indices: the images' places in the split, as in Batch. epoch: of their augmentation; None:
    there is none, and `view` says how they are seen.
    """

    stored: Stored
    labels: Labels
    pipeline: Pipeline
    indices: NDArray[int64]
    epoch: int | None
    view: View

    def images(self, workspace: Workspace) -> NDArray[float32]:
        stored = asarray(self.stored)
        if self.epoch is None:
            return self.pipeline.plain(workspace, stored, self.view)
        return self.pipeline.train(workspace, stored, self.indices, self.epoch)

    def loss_and_gradient(self, loss: Loss, scores: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """The sum of the losses of the class scores, and its gradient."""
        return loss(scores, self.labels)


@dataclass(frozen=True)
class Blend:
    """Images of a batch, each blended with another: `share` is that of the image itself."""

    own: StoredPart
    other: StoredPart
    share: float

    @property
    def labels(self) -> NDArray[int64]:
        """The class of each image itself, which has the larger share."""
        return self.own.labels

    def images(self, workspace: Workspace) -> NDArray[float32]:
        blended = self.own.images(workspace)
        blended *= self.share
        other = self.other.images(workspace)
        other *= 1 - self.share
        blended += other
        return blended

    def loss_and_gradient(self, loss: Loss, scores: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """The losses for both images' classes, in their shares, and the gradient."""
        loss_sum, dscores = self.own.loss_and_gradient(loss, scores)
        other_sum, other_dscores = self.other.loss_and_gradient(loss, scores)
        dscores *= self.share
        other_dscores *= 1 - self.share
        dscores += other_dscores
        return self.share * loss_sum + (1 - self.share) * other_sum, dscores


def draw_share(alpha: float, seed: int, epoch: int, step: int) -> float:
    """x or 1 - x, whichever is larger, for an x of the distribution Beta(alpha, alpha).

    Which of two images is the first is chance already. By the method of Johnk 1964, for alpha
    from above 0 to 1: u^(1/alpha) and v^(1/alpha), drawn until their sum is at most 1.
    """
    for attempt in itertools.count():
        key = random_streams.key(seed, Stream.MIXUP, epoch, step, attempt)
        drawn = random_streams.uniform(np.array([key]), 2)[0].tolist()
        first, second = (math.log1p(-number) / alpha for number in drawn)
        larger, smaller = max(first, second), min(first, second)
        if larger == -math.inf:  # of a tiny alpha, whose shares are 0 and 1
            return 1.0
        if larger + math.log1p(math.exp(smaller - larger)) <= 0:
            return 1 / (1 + math.exp(smaller - larger))
    raise AssertionError


@dataclass(frozen=True)
class Batch:
    """Some images of a split and their labels. Each shard prepares the images of its own part.

    indices: the images' places in the split of N images, with N more for each time that a sampler
    has shown the image in this epoch before: it is then augmented otherwise. share: of an image
    where it is blended with another of the batch, the one that is as far from the batch's end as
    it is from the beginning; None: it is not.
    """

    stored: Stored
    labels: Labels
    pipeline: Pipeline
    indices: NDArray[int64]
    epoch: int | None
    view: View
    share: float | None = None

    def __len__(self) -> int:
        return len(self.indices)

    def part(self, first: int, last: int) -> StoredPart | Blend:
        """The images from `first` up to `last` of the batch."""
        own = self._part(slice(first, last))
        if self.share is None:
            return own
        opposite = np.arange(len(self) - 1 - first, len(self) - 1 - last, -1)
        return Blend(own, self._part(opposite), self.share)

    def _part(self, places: slice | NDArray[int64]) -> StoredPart:
        indices, labels = self.indices[places], self.labels[places]
        stored = self.stored[indices % len(self.stored)]
        return StoredPart(stored, labels, self.pipeline, indices, self.epoch, self.view)


@dataclass
class Batches:
    """Cuts a split into batches.

    shuffle: a new order each epoch, and augmented; else the set's order, and plain. last: what
    becomes of images that do not fill the last batch of an epoch: a short one, none (but if there
    is no other), or one that goes on with the first images of the epoch. mixup: alpha of the
    distribution of the shares in which shuffled images are blended; 0: they are not. sampler:
    balanced, for epochs of as many images that show all classes alike; None: each image once.
    """

    split: Split
    pipeline: Pipeline
    size: int
    seed: int
    shuffle: bool
    last: Literal["short", "drop", "wrap"] = "short"
    mixup: float = 0.0
    sampler: Literal["balanced"] | None = None

    def __post_init__(self) -> None:
        self._order = (-1, np.arange(len(self.split.labels)))

    @property
    def steps(self) -> int:
        images = len(self.split.labels)
        return max(images // self.size, 1) if self.last == "drop" else -(-images // self.size)

    def images_until(self, step: int) -> int:
        """Images of an epoch's batches before `step`."""
        seen = step * self.size
        return seen if self.last == "wrap" else min(seen, len(self.split.labels))

    def batch(self, epoch: int, step: int, view: View = AS_IT_IS) -> Batch:
        """The batch of `step` (from 0, below `steps`) in `epoch`; seen so if not augmented."""
        images, labels, _ = self.split
        if self.shuffle and self._order[0] != epoch:
            key = random_streams.key(self.seed, Stream.BATCH_ORDER, epoch)
            order = random_streams.permutation(key, len(labels))
            if self.sampler:
                order = balanced(labels, self.seed, epoch)[order]
            self._order = (epoch, order)
        order, first = self._order[1], step * self.size
        if self.last == "wrap":
            indices = order.take(np.arange(first, first + self.size), mode="wrap")
        else:
            indices = order[first : first + self.size]
        classes = labels[indices % len(labels)]
        if not self.shuffle:
            return Batch(images, classes, self.pipeline, indices, None, view)
        share = draw_share(self.mixup, self.seed, epoch, step) if self.mixup else None
        return Batch(images, classes, self.pipeline, indices, epoch, view, share)
