"""The pictures that the parts of a page show, each of which is in the page once."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.text import printable

from .png import data_url

MOST = 48
"""Pictures of a page, so that it stays small."""
SIDE = 48
"""Pixels of a picture across or down; what is larger is shrunk."""


class Picture(NamedTuple):
    """An image of the album, as the page's scripts see it.

    src: its pixels. width, height: of the image as the network sees it. name: its file, or its
    place in its set. brightest: its largest number; images of 16 shades are dark as they are.
    true: its class, if that is known. predicted, probability: what the network says of it.
    """

    src: str
    width: int
    height: int
    name: str
    brightest: int
    true: str | None
    predicted: str | None
    probability: float | None


class Album:
    """Pictures by numbers; an image that comes again keeps its number."""

    def __init__(self) -> None:
        self.pictures: list[Picture] = []
        self._numbers: dict[object, int] = {}

    def number(self, key: object) -> int | None:
        """Of an image that is in it; None for others."""
        return self._numbers.get(key)

    def add(self, key: object, image: NDArray[np.uint8], name: str, **answer: Any) -> int | None:
        """The number of an image (H, W, C), known by its key; None where the album is full.

        answer: true, predicted and probability.
        """
        if key not in self._numbers:
            if len(self.pictures) == MOST:
                return None
            height, width, _ = image.shape
            shown: dict[str, Any] = {"true": None, "predicted": None, "probability": None, **answer}
            for what in ("true", "predicted"):
                if shown[what] is not None:
                    shown[what] = printable(shown[what])
            source = data_url(shrink(visible(image), SIDE))
            brightest = int(image.max())
            picture = Picture(source, width, height, printable(name), brightest, **shown)
            self._numbers[key] = len(self.pictures)
            self.pictures.append(picture)
        return self._numbers[key]

    @property
    def places(self) -> dict[int, int]:
        """The places of test images in their set, by the numbers of their pictures."""
        return {number: key for key, number in self._numbers.items() if isinstance(key, int)}


def visible(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image (H, W, C) as one in grey or colour: of other depths the mean over the channels."""
    if image.shape[2] in (1, 3):
        return image
    mean: NDArray[np.uint8] = image.mean(axis=2, keepdims=True).round().astype(np.uint8)
    return mean


def shrink(image: NDArray[Any], side: int) -> NDArray[Any]:
    """Means over blocks, so that an image (H, W, C) is at most `side` pixels across and down."""
    step = -(-max(image.shape[:2]) // side)
    if step <= 1:
        return image
    height, width = image.shape[:2]
    down, across = np.arange(0, height, step), np.arange(0, width, step)
    sums = np.add.reduceat(np.add.reduceat(image.astype(np.float64), down, 0), across, 1)
    counts = np.outer(np.diff(down, append=height), np.diff(across, append=width))
    means = sums / counts[..., np.newaxis]
    if image.dtype == np.uint8:
        means = means.round()
    found: NDArray[Any] = means.astype(image.dtype)
    return found
