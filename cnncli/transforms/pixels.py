"""Changes of images of bytes, (N, H, W, C)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from cnncli.kernels.workspace import Workspace
from cnncli.layers.constraints import Field
from cnncli.lazy import Images, NDArray, np
from cnncli.schema.kinds import Kind

Spans: TypeAlias = "tuple[NDArray[np.int64], NDArray[np.int64]]"
"""Where spans of pixels begin, and the pixels after their ends, (n,) each."""
Border = Annotated[
    Literal["zeros", "reflect"],
    Field(description="what lies around an image: zeros, or itself, mirrored at its edge"),
]
"""Mirrored without repeating the edge."""


class ImageChange(Kind):
    """An element of `data.augment` or `data.views`, written `{name: its first field}`."""

    name: ClassVar[str]

    @property
    def mirrored_pixels(self) -> int:
        """How many pixels of a mirrored border it needs around an image."""
        return 0


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
    border: Border = "zeros",
) -> Images:
    """The images, each with a border of `pad` pixels, cut to their own size at an offset.

    `down` and `across` are (n,) pixels from the border's upper left corner, 0 to 2 * pad. Of
    images with mirrored borders both sides must be longer than `pad`.
    """
    n, height, width, channels = images.shape
    tall, wide = height + 2 * pad, width + 2 * pad
    # `height` rows of the padded image lie in one run of bytes from the first pixel kept. The
    # runs are as long as padded rows, so the last may reach 2 * pad pixels beyond the images.
    pixels: Images = workspace.zeros((n * tall * wide + 2 * pad, channels), np.uint8)
    padded = pixels[: n * tall * wide].reshape(n, tall, wide, channels)
    padded[:, pad : pad + height, pad : pad + width] = images
    if border == "reflect":
        _reflect(padded, pad)
        _reflect(padded.transpose(0, 2, 1, 3), pad)
    run = np.dtype((np.void, height * wide * channels))
    runs = np.ndarray((len(pixels) - height * wide + 1,), run, pixels, strides=(channels,))
    kept = runs[(np.arange(n) * tall + down) * wide + across]
    cut: Images = kept.view(np.uint8).reshape(n, height, wide, channels)
    return cut[:, :, :width]


def _reflect(padded: Images, pad: int) -> None:
    """Fills `pad` lines at both ends of the second axis with the lines inside, in reverse."""
    last = padded.shape[1] - pad - 1
    padded[:, :pad] = padded[:, 2 * pad : pad : -1]
    padded[:, last + 1 :] = padded[:, last - 1 : last - pad - 1 : -1]


def erase(
    workspace: Workspace, images: Images, down: Spans, across: Spans, colour: Images
) -> Images:
    """The images, each with a rectangle in a colour (C,), as far as it lies on the image.

    It covers the rows `down` and the columns `across`: the first of each image, and the one
    after the last.
    """
    _, height, width, _ = images.shape
    rows, columns = (
        (places >= first[:, None]) & (places < end[:, None])
        for places, (first, end) in ((np.arange(height), down), (np.arange(width), across))
    )
    erased: Images = workspace.empty(images.shape, np.uint8)
    np.copyto(erased, images)
    covered = rows[:, :, None] & columns[:, None, :]
    erased[covered] = colour
    return erased
