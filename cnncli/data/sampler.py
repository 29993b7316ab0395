"""Epochs in which every class is shown alike, however many images it has."""

import numpy as np
from numpy import int64
from numpy.typing import NDArray

from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.lazy import Labels


def balanced(labels: Labels, seed: int, epoch: int) -> NDArray[int64]:
    """The N showings of an epoch, class by class: the image's place + N for each time before.

    Each of the k classes that there are has N/k, rounded down or up. The images of a class take
    turns in an order of their own that goes on from epoch to epoch: none is shown again before
    all others were.
    """
    count, present = len(labels), np.unique(labels)
    showings = []
    for rank, label in enumerate(present.tolist()):
        images = np.flatnonzero(labels == label)
        key = random_streams.key(seed, Stream.SAMPLER, label)
        images = images[random_streams.permutation(key, len(images))]
        # showings are dealt out to the classes in turn, so that those left over go round too
        first, last = (-((rank - end * count) // len(present)) for end in (epoch, epoch + 1))
        turns = np.arange(first, last)
        before = (turns - first) // len(images)
        showings.append(images[turns % len(images)] + count * before)
    return np.concatenate(showings)
