"""Which network is chosen for which images, and how it is trained."""

from math import sqrt
from typing import NamedTuple

from cnncli.geometry import Volume

from .survey import Survey

_SIDE = 40
"""Larger images are scaled to about the area of a square of this side: a network that sees more of
them takes longer, which is for whoever wants it to say."""
_MULTIPLE = 8
"""Sides of scaled images are whole multiples of it, so that every POOL fits."""
_MANY = 20_000
"""So many images to train on are worth twice the filters."""
_FEW = 500
"""Of fewer images none are held out: too few of them would tell nothing, and be missed."""
_STEPS = 1_000
_LEAST_EPOCHS, _MOST_EPOCHS = 15, 80
_UNEVEN = 10
"""The largest class has so many times the images of the smallest: they are shown alike."""


class Choice(NamedTuple):
    """A network of pairs of 3x3 convolutions, and its training.

    size: of its images. filters: of each pair. validation: the share that is held out.
    """

    size: Volume
    filters: tuple[int, ...]
    validation: float
    batch_size: int
    epochs: int
    lr: float
    is_balanced: bool

    @property
    def shift(self) -> int:
        """Pixels by which training images are moved at most."""
        return max(1, min(self.size.W, self.size.H) // 8)

    @property
    def divides(self) -> bool:
        """Whether every POOL fits the image."""
        step = 2 ** (len(self.filters) - 1)
        return not (self.size.W % step or self.size.H % step)


def choose(found: Survey) -> Choice:
    """By the size of the images and by their number."""
    size = _scaled_size(found.size) if found.is_scaled else found.size
    side = min(size.W, size.H)
    first = 32 if found.images >= _MANY else 16
    pairs = 3 if side >= 24 else 2 if side >= 6 else 1
    if side < 16:
        first = 32
    held = 0.1 if found.images >= _FEW and not found.has_validation else 0.0
    batch_size = 64 if found.images >= _FEW else 16
    steps = max(1, round(found.images * (1 - held) / batch_size))
    smallest = min(count for count in found.counts.values() if count)
    return Choice(
        size=size,
        filters=tuple(first * 2**i for i in range(pairs)),
        validation=held,
        batch_size=batch_size,
        epochs=min(max(round(_STEPS / steps), _LEAST_EPOCHS), _MOST_EPOCHS),
        lr=0.1 if batch_size == 64 else 0.05,
        is_balanced=max(found.counts.values()) >= _UNEVEN * smallest,
    )


def _scaled_size(size: Volume) -> Volume:
    """The size as it is, or in about the same proportions as much smaller as it must be."""
    factor = _SIDE / sqrt(size.W * size.H)
    if factor >= 1:
        return size
    width, height = (
        max(_MULTIPLE, _MULTIPLE * round(side * factor / _MULTIPLE)) for side in (size.W, size.H)
    )
    return Volume(width, height, size.D)
