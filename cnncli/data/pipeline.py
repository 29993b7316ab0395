"""Images as the network gets them: augmented for training, normalised, in float32."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Images
from cnncli.kernels import random_streams
from cnncli.kernels.workspace import Workspace
from cnncli.transforms.augmentations import Augmentation, Crop, Cutout, Flip, RandomErasing
from cnncli.transforms.pixels import Spans, crop, erase, flip
from cnncli.transforms.views import AS_IT_IS, View

from .channel_stats import ChannelStats

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
        self._ends = tuple(accumulate(_CHANGES[type(a)].draws for a in augmentations))
        self._seed = seed

    def train(
        self, workspace: Workspace, images: Images, indices: NDArray[np.int64], epoch: int
    ) -> Array:
        """Augmented and normalised, (n, H, W, C); `indices` are the images' places in the set."""
        if not self._augmentations:
            return self.plain(workspace, images)
        keys = random_streams.keys(random_streams.key(self._seed, _PURPOSE, epoch), indices)
        draws = random_streams.uniform(keys, self._ends[-1])
        for augmentation, end in zip(self._augmentations, self._ends, strict=True):
            if isinstance(augmentation, Flip) and augmentation.alternate:
                draws[:, end - 2] = self._alternating(indices, augmentation.p, epoch)
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
        keys = random_streams.keys(random_streams.key(self._seed, _ONCE), indices)
        first = random_streams.uniform(keys, 1)[:, 0] < p
        return np.where(first ^ bool(epoch % 2), 0.0, 1.0)

    def _augment(self, workspace: Workspace, images: Images, draws: Draws) -> Images:
        """The numbers drawn for an augmentation, (n, its count), stand before its end."""
        for augmentation, end in zip(self._augmentations, self._ends, strict=True):
            kind = _CHANGES[type(augmentation)]
            drawn = draws[:, end - kind.draws : end].T
            images = kind.change(workspace, images, augmentation, drawn, self._colour)
        return images


def _flip(workspace: Workspace, images: Images, how: Flip, drawn: Draws, colour: Images) -> Images:
    return flip(workspace, images, drawn[0] < how.p)


def _crop(workspace: Workspace, images: Images, how: Crop, drawn: Draws, colour: Images) -> Images:
    offsets = 2 * how.pad + 1
    down, across = ((numbers * offsets).astype(np.int64) for numbers in drawn)
    return crop(workspace, images, how.pad, down, across, how.border)


def _cutout(
    workspace: Workspace, images: Images, how: Cutout, drawn: Draws, colour: Images
) -> Images:
    """The middle lies anywhere on the image (of an even size, right before it)."""

    def span(numbers: Draws, pixels: int) -> Spans:
        first = (numbers * pixels).astype(np.int64) - how.size // 2
        return first, first + how.size

    _, height, width, _ = images.shape
    down, across = span(drawn[0], height), span(drawn[1], width)
    return erase(workspace, images, down, across, colour)


def _random_erasing(
    workspace: Workspace, images: Images, how: RandomErasing, drawn: Draws, colour: Images
) -> Images:
    """The share is drawn evenly, and so is the logarithm of height by width."""
    _, height, width, _ = images.shape
    pixels = (how.least + (how.most - how.least) * drawn[1]) * height * width
    aspect = how.aspect ** (1 - 2 * drawn[2])

    def span(numbers: Draws, length: Draws, most: int) -> Spans:
        covered = np.clip(np.rint(length), 1, most) * (drawn[0] < how.p)
        first = (numbers * (most - covered + 1)).astype(np.int64)
        return first, first + covered.astype(np.int64)

    down = span(drawn[3], np.sqrt(pixels * aspect), height)
    across = span(drawn[4], np.sqrt(pixels / aspect), width)
    return erase(workspace, images, down, across, colour)


class _Kind(NamedTuple):
    """How an augmentation changes images, and how many numbers it draws for each."""

    change: Callable[..., Images]
    draws: int = 2


_CHANGES: Mapping[type[Any], _Kind] = {
    Flip: _Kind(_flip),
    Crop: _Kind(_crop),
    Cutout: _Kind(_cutout),
    RandomErasing: _Kind(_random_erasing, 5),
}
