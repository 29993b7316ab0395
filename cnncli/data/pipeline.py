"""Images as the network gets them: augmented for training, normalised, in float32."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Images
from cnncli.transforms.augmentations import Augmentation
from cnncli.transforms.views import AS_IT_IS, View

from .channel_stats import ChannelStats

_BLOCK = 64
"""Images prepared at a time, so that what lies between two steps stays in the cache."""

Array = NDArray[np.float32]
Draws = NDArray[np.float64]


class Pipeline:
    """Prepares images; safe to share between threads.

    stats: normalise to (x - mean) / std of each channel; None divides by 255 instead.
    augmentations: applied in order to training images, each with random numbers of its own that
    depend on nothing but the seed, the epoch and the image's index.
    """

    def __init__(
        self, stats: ChannelStats | None, augmentations: Sequence[Augmentation], seed: int
    ) -> None:
        mean, std = stats or ((0.0,), (255.0,))
        self._scale = 1.0 / np.array(std)
        self._shift = -np.array(mean) * self._scale
        self._colour = np.rint(mean).astype(np.uint8)
        self._augmentations = tuple(augmentations)
        self._ends = tuple(accumulate(a.draws for a in augmentations))
        self._seed = seed

    def train(
        self, workspace: Workspace, images: Images, indices: NDArray[np.int64], epoch: int
    ) -> Array:
        """Augmented and normalised, (n, H, W, C); `indices` are the images' places, as in Batch."""
        if not self._augmentations:
            return self.plain(workspace, images)
        keys = random_streams.keys(
            random_streams.key(self._seed, Stream.AUGMENTATION, epoch), indices
        )
        draws = random_streams.uniform(keys, self._ends[-1])

        def draw_once(count: int) -> Draws:
            keys = random_streams.keys(random_streams.key(self._seed, Stream.FIRST_FLIP), indices)
            return random_streams.uniform(keys, count)

        for augmentation, end in zip(self._augmentations, self._ends, strict=True):
            augmentation.draw(draws[:, end - augmentation.draws : end], epoch, draw_once)
        return self._prepare(workspace, images, draws)

    @property
    def line(self) -> tuple[Array, Array]:
        """Scale and shift of each channel, or of all: a byte x becomes scale * x + shift."""
        return self._scale.astype(np.float32), self._shift.astype(np.float32)

    def plain(self, workspace: Workspace, images: Images, view: View = AS_IT_IS) -> Array:
        """Normalised only, (n, H, W, C), seen in one way."""
        return self._prepare(workspace, view.of(workspace, images), None)

    def _prepare(self, workspace: Workspace, images: Images, draws: Draws | None) -> Array:
        n, height, width, channels = images.shape
        rows = (-1, height, width * channels)
        # Whole rows of pixels: NumPy is slow where the innermost axis is only the channels.
        scale, shift = (np.tile(np.broadcast_to(v, channels), width) for v in self.line)
        prepared: Array = workspace.empty(images.shape, np.float32)
        for start in range(0, n, _BLOCK):
            block = slice(start, start + _BLOCK)
            part = (
                images[block]
                if draws is None
                else self._augment(workspace, images[block], draws[block])
            )
            out = prepared[block].reshape(rows)
            out[...] = part.reshape(rows)
            out *= scale
            out += shift
        return prepared

    def _augment(self, workspace: Workspace, images: Images, draws: Draws) -> Images:
        """The numbers drawn for an augmentation, (n, its count), stand before its end."""
        for augmentation, end in zip(self._augmentations, self._ends, strict=True):
            drawn = draws[:, end - augmentation.draws : end].T
            images = augmentation.apply(workspace, images, drawn, self._colour)
        return images
