"""Which values a set's pixels have: what other images are brought to before they are judged."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cnncli.lazy import Images, np

_LIGHT, _DARK = 0.6, 0.4
"""Of the range of values: edges that are lighter, or darker, are a light or dark ground."""

Value = Annotated[int, Field(ge=0, le=255)]


@dataclass(frozen=True)
class Tones:
    """The least and the largest value of the pixels, and the mean of those on the images' edges."""

    low: Value
    high: Value
    edge: Annotated[float, Field(ge=0, le=255)]

    @property
    def ground(self) -> str | None:
        """What the images' edges are: light, dark, or neither."""
        share = (self.edge - self.low) / max(self.high - self.low, 1)
        return "light" if share > _LIGHT else "dark" if share < _DARK else None


class ToneCounter:
    """Finds the tones of images that pass by."""

    def __init__(self) -> None:
        self.images = 0
        self._low, self._high, self._sum, self._pixels = 255, 0, 0, 0

    def see(self, images: Images) -> None:
        """Adds some images, (n, H, W, C)."""
        self.images += len(images)
        self._low = min(self._low, int(images.min()))
        self._high = max(self._high, int(images.max()))
        rows, columns = images[:, [0, -1]], images[:, 1:-1, [0, -1]]
        self._sum += int(rows.sum(dtype=np.int64)) + int(columns.sum(dtype=np.int64))
        self._pixels += rows.size + columns.size

    @property
    def tones(self) -> Tones:
        """Of all that were seen; there was an image among them."""
        return Tones(self._low, self._high, self._sum / self._pixels)
