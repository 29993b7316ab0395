"""Mean and deviation of each channel."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.datasets.dataset import Split, chunks

LEAST_STD = 1.0
"""One grey level: a channel that hardly varies is centred, but not blown up."""


class ChannelStats(NamedTuple):
    """Of pixel values from 0 to 255, one number for each channel."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


def as_pixels(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """Numbers of a configuration, where white is 1 and one may stand for all channels."""
    return tuple(255 * value for value in (values * channels)[:channels])


def channel_stats(split: Split) -> ChannelStats:
    """Mean and population standard deviation (at least LEAST_STD) of each channel."""
    mean, std = moments(value_counts(split))
    return ChannelStats(mean, tuple(max(value, LEAST_STD) for value in std))


def value_counts(split: Split) -> NDArray[np.int64]:
    """How often each channel has each value from 0 to 255, (C, 256)."""
    channels = split.images.shape[3]
    counts = np.zeros((channels, 256), np.int64)
    for chunk in chunks(split.images):
        for channel in range(channels):
            counts[channel] += np.bincount(chunk[..., channel].reshape(-1), minlength=256)
    return counts


def moments(counts: NDArray[np.int64]) -> ChannelStats:
    """Mean and true deviation by the counts: exact, as sums over them are whole numbers."""
    pairs = [_moments(row.tolist()) for row in counts]
    return ChannelStats(tuple(mean for mean, _ in pairs), tuple(std for _, std in pairs))


def _moments(counts: list[int]) -> tuple[float, float]:
    n = sum(counts)
    total = sum(value * count for value, count in enumerate(counts))
    squares = sum(value * value * count for value, count in enumerate(counts))
    variance = (n * squares - total * total) / (n * n)
    return total / n, math.sqrt(variance)
