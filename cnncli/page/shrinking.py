"""Images in grey or colour, and small ones of large ones."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def visible(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image (H, W, C) as one in grey or colour: of other depths the mean over the channels."""
    if image.shape[2] in (1, 3):
        return image
    mean: NDArray[np.uint8] = image.mean(axis=2, keepdims=True).round().astype(np.uint8)
    return mean


def shrink(image: NDArray[Any], side: int) -> NDArray[Any]:
    """Means over blocks, so that an image (H, W, C) is at most `side` pixels across and down."""
    height, width = image.shape[:2]
    step = block(width, height, side)
    if step == 1:
        return image
    down, across = np.arange(0, height, step), np.arange(0, width, step)
    sums = np.add.reduceat(np.add.reduceat(image.astype(np.float64), down, 0), across, 1)
    counts = np.outer(np.diff(down, append=height), np.diff(across, append=width))
    means = sums / counts[..., np.newaxis]
    if image.dtype == np.uint8:
        means = means.round()
    found: NDArray[Any] = means.astype(image.dtype)
    return found


def block(width: int, height: int, side: int) -> int:
    """Pixels across and down of which `shrink` makes one."""
    return -(-max(width, height) // side)
