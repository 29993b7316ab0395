"""The pictures that the parts of a page show, each of which is in the page once."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cnncli.bounds import MAX_PAGE_PICTURES
from cnncli.page.png import data_url
from cnncli.page.shrinking import shrink, visible
from cnncli.text import printable

SIDE = 48
"""Pixels of a picture across or down; what is larger is shrunk."""


class Picture(NamedTuple):
    """An image of the album, as the page's scripts see it.

    src: its pixels. width, height: of the image as the network sees it. name: its file, or its
    place in its set. true: its class, if that is known. predicted, probability: what the network
    says of it.
    """

    src: str
    width: int
    height: int
    name: str
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
            if len(self.pictures) == MAX_PAGE_PICTURES:
                return None
            height, width, _ = image.shape
            shown: dict[str, Any] = {"true": None, "predicted": None, "probability": None, **answer}
            for what in ("true", "predicted"):
                if shown[what] is not None:
                    shown[what] = printable(shown[what])
            source = data_url(shrink(visible(image), SIDE))
            picture = Picture(source, width, height, printable(name), **shown)
            self._numbers[key] = len(self.pictures)
            self.pictures.append(picture)
        return self._numbers[key]

    @property
    def places(self) -> dict[int, int]:
        """The places of test images in their set, by the numbers of their pictures."""
        return {number: key for key, number in self._numbers.items() if isinstance(key, int)}
