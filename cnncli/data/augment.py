"""Images as the network gets them: augmented for training, normalised, in float32."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels import random
from cnncli.kernels.workspace import Workspace
from cnncli.spec.augmentations import Augmentation, Crop, Erase, Flip

from .changes import crop, erase, flip
from .dataset import Images
from .normalise import ChannelStats
from .views import AS_IT_IS, View

_PURPOSE = 0x0A46
_ONCE = 0x0A47
"""Keep these random numbers, of an epoch and of all, apart from others under the same seed."""
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
        self._seed = seed

    def train(
        self, workspace: Workspace, images: Images, indices: NDArray[np.int64], epoch: int
    ) -> Array:
        """Augmented and normalised, (n, H, W, C); `indices` are the images' places in the set."""
        if not self._augmentations:
            return self.plain(workspace, images)
        keys = random.keys(random.key(self._seed, _PURPOSE, epoch), indices)
        draws = random.uniform(keys, 2 * len(self._augmentations))
        for place, augmentation in enumerate(self._augmentations):
            if isinstance(augmentation, Flip) and augmentation.alternate:
                draws[:, 2 * place] = self._alternating(indices, augmentation.p, epoch)
        return self._prepare(workspace, images, draws)

    def plain(self, workspace: Workspace, images: Images, view: View = AS_IT_IS) -> Array:
        """Normalised only, (n, H, W, C), seen in one way."""
        return self._prepare(workspace, view.of(workspace, images), None)

    def _prepare(self, workspace: Workspace, images: Images, draws: Draws | None) -> Array:
        n, height, width, channels = images.shape
        rows = (-1, height, width * channels)
        # Whole rows of pixels: NumPy is slow where the innermost axis is only the channels.
        scale, shift = (
            np.tile(np.broadcast_to(v, channels), width).astype(np.float32)
            for v in (self._scale, self._shift)
        )
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

    def _alternating(self, indices: NDArray[np.int64], p: float, epoch: int) -> Draws:
        """0 for images that are to be mirrored, else 1: drawn once, and turned round each epoch."""
        first = random.uniform(random.keys(random.key(self._seed, _ONCE), indices), 1)[:, 0] < p
        return np.where(first ^ bool(epoch % 2), 0.0, 1.0)

    def _augment(self, workspace: Workspace, images: Images, draws: Draws) -> Images:
        """Two random numbers for each augmentation, whether it takes them or not."""
        for place, augmentation in enumerate(self._augmentations):
            first, second = draws[:, 2 * place], draws[:, 2 * place + 1]
            change = _CHANGES[type(augmentation)]
            images = change(workspace, images, augmentation, first, second, self._colour)
        return images


def _flip(
    workspace: Workspace, images: Images, how: Flip, first: Draws, second: Draws, colour: Images
) -> Images:
    return flip(workspace, images, first < how.p)


def _crop(
    workspace: Workspace, images: Images, how: Crop, first: Draws, second: Draws, colour: Images
) -> Images:
    offsets = 2 * how.pad + 1
    down, across = ((drawn * offsets).astype(np.int64) for drawn in (first, second))
    return crop(workspace, images, how.pad, down, across, how.border)


def _erase(
    workspace: Workspace, images: Images, how: Erase, first: Draws, second: Draws, colour: Images
) -> Images:
    _, height, width, _ = images.shape
    down, across = (first * height).astype(np.int64), (second * width).astype(np.int64)
    return erase(workspace, images, how.size, down, across, colour)


_CHANGES: Mapping[type[Any], Callable[..., Images]] = {Flip: _flip, Crop: _crop, Erase: _erase}
