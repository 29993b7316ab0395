"""Images as the network gets them: augmented for training, normalised, in float32."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels import random
from cnncli.kernels.workspace import Workspace
from cnncli.spec.data import Crop, Flip

from .dataset import Images
from .normalise import ChannelStats

_PURPOSE = 0x0A46
"""Keeps these random numbers apart from those drawn elsewhere under the same seed."""
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
        self, stats: ChannelStats | None, augmentations: Sequence[Flip | Crop], seed: int
    ) -> None:
        mean, std = stats or ((0.0,), (255.0,))
        self._scale = 1.0 / np.array(std)
        self._shift = -np.array(mean) * self._scale
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
        return self._prepare(workspace, images, draws)

    def plain(self, workspace: Workspace, images: Images) -> Array:
        """Normalised only, (n, H, W, C)."""
        return self._prepare(workspace, images, None)

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

    def _augment(self, workspace: Workspace, images: Images, draws: Draws) -> Images:
        """Two random numbers for each augmentation, whether it takes them or not."""
        for place, augmentation in enumerate(self._augmentations):
            first, second = draws[:, 2 * place], draws[:, 2 * place + 1]
            if isinstance(augmentation, Flip):
                images = flip(workspace, images, first < augmentation.p)
            else:
                offsets = 2 * augmentation.pad + 1
                down, across = (first * offsets).astype(int), (second * offsets).astype(int)
                images = crop(workspace, images, augmentation.pad, down, across)
        return images


def flip(workspace: Workspace, images: Images, chosen: NDArray[np.bool_]) -> Images:
    """The images, those chosen mirrored left to right."""
    straight = images[chosen]
    mirrored: Images = workspace.empty(straight.shape, np.uint8)
    # Channel by channel: the innermost loop then runs along the width.
    for channel in range(images.shape[3]):
        mirrored[..., channel] = straight[:, :, ::-1, channel]
    flipped: Images = workspace.empty(images.shape, np.uint8)
    np.copyto(flipped, images)
    flipped[chosen] = mirrored
    return flipped


def crop(
    workspace: Workspace,
    images: Images,
    pad: int,
    down: NDArray[np.int64],
    across: NDArray[np.int64],
) -> Images:
    """The images, each with a border of `pad` zeros, cut to their own size at an offset.

    `down` and `across` are (n,) pixels from the border's upper left corner, 0 to 2 * pad.
    """
    n, height, width, channels = images.shape
    tall, wide = height + 2 * pad, width + 2 * pad
    # `height` rows of the padded image lie in one run of bytes from the first pixel kept. The
    # runs are as long as padded rows, so the last may reach 2 * pad pixels behind the images.
    pixels: Images = workspace.zeros((n * tall * wide + 2 * pad, channels), np.uint8)
    padded = pixels[: n * tall * wide].reshape(n, tall, wide, channels)
    padded[:, pad : pad + height, pad : pad + width] = images
    run = np.dtype((np.void, height * wide * channels))
    runs = np.ndarray((len(pixels) - height * wide + 1,), run, pixels, strides=(channels,))
    kept = runs[(np.arange(n) * tall + down) * wide + across]
    cut: Images = kept.view(np.uint8).reshape(n, height, wide, channels)
    return cut[:, :, :width]
