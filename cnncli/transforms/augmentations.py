"""Random changes of training images: the elements of `data.augment`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

from cnncli.bounds import MAX_BORDER
from cnncli.kernels.workspace import Workspace
from cnncli.layers.constraints import Field
from cnncli.layers.fields import Count
from cnncli.lazy import Images, NDArray, np
from cnncli.schema.number_types import Fraction, Ratio

from .pixels import Border, ImageChange, Spans, crop, erase, flip

Draws: TypeAlias = "NDArray[np.float64]"
"""Numbers from 0 to 1."""


class Augmentation(ImageChange, ABC):
    """A random change of images (n, H, W, C) of bytes."""

    draws: ClassVar[int] = 2
    """How many numbers are drawn for an image in each epoch, evenly from 0 to 1."""

    def draw(self, drawn: Draws, epoch: int, once: Callable[[int], Draws]) -> None:
        """Changes `drawn` (n, draws), the numbers of an epoch, in place.

        once: gives so many numbers for each image, the same in every epoch.
        """

    @abstractmethod
    def apply(self, workspace: Workspace, images: Images, drawn: Draws, colour: Images) -> Images:
        """The images changed, by the numbers `drawn` (draws, n); `colour` (C,) is their mean."""


@dataclass(frozen=True, kw_only=True)
class Flip(Augmentation):
    """Mirror an image left to right with probability `p`."""

    name = "flip"

    p: Annotated[Fraction, Field(description="probability")] = 0.5
    alternate: Annotated[
        bool,
        Field(description="draw in the first epoch only, then mirror in every other one"),
    ] = False

    def draw(self, drawn: Draws, epoch: int, once: Callable[[int], Draws]) -> None:
        """Where it alternates, 0 for images that are to be mirrored, else 1."""
        if self.alternate:
            first = once(1)[:, 0] < self.p
            drawn[:, 0] = np.where(first ^ bool(epoch % 2), 0.0, 1.0)

    def apply(self, workspace: Workspace, images: Images, drawn: Draws, colour: Images) -> Images:
        return flip(workspace, images, drawn[0] < self.p)


@dataclass(frozen=True, kw_only=True)
class Crop(Augmentation):
    """Pad an image by `pad` pixels on every side and cut its own size out at a random place."""

    name = "crop"

    pad: Annotated[Count, Field(le=MAX_BORDER, description="pixels on every side")] = 4
    border: Border = "zeros"

    @property
    def mirrored_pixels(self) -> int:
        return self.pad if self.border == "reflect" else 0

    def apply(self, workspace: Workspace, images: Images, drawn: Draws, colour: Images) -> Images:
        """The place is drawn evenly along both axes."""
        offsets = 2 * self.pad + 1
        down, across = ((numbers * offsets).astype(np.int64) for numbers in drawn)
        return crop(workspace, images, self.pad, down, across, self.border)


@dataclass(frozen=True, kw_only=True)
class Cutout(Augmentation):
    """Cover a square at a random place, as far as it lies on the image, with the mean colour.

    (DeVries and Taylor 2017, "Improved Regularization of Convolutional Neural Networks with
    Cutout".) Images that are not normalised get black squares.
    """

    name = "cutout"

    size: Annotated[Count, Field(description="pixels along a side")] = 8

    def apply(self, workspace: Workspace, images: Images, drawn: Draws, colour: Images) -> Images:
        """The middle lies anywhere on the image (of an even size, right before it)."""

        def span(numbers: Draws, pixels: int) -> Spans:
            first = (numbers * pixels).astype(np.int64) - self.size // 2
            return first, first + self.size

        _, height, width, _ = images.shape
        down, across = span(drawn[0], height), span(drawn[1], width)
        return erase(workspace, images, down, across, colour)


@dataclass(frozen=True, kw_only=True)
class RandomErasing(Augmentation):
    """With probability `p`, cover a rectangle that lies on the image with the mean colour.

    Its share of the image and its height by its width are drawn (Zhong et al. 2020, "Random
    Erasing Data Augmentation"); images that are not normalised get black rectangles.
    """

    name = "random_erasing"
    draws = 5

    p: Annotated[Fraction, Field(description="probability")] = 0.5
    least: Annotated[Fraction, Field(description="smallest share of the image")] = 0.02
    most: Annotated[Fraction, Field(description="largest share of the image")] = 0.33
    aspect: Annotated[
        Ratio, Field(description="smallest height by width; the largest is its inverse")
    ] = 0.3

    def __post_init__(self) -> None:
        if self.least > self.most:
            raise ValueError(f"least {self.least:g} is above most {self.most:g}; exchange them")

    def apply(self, workspace: Workspace, images: Images, drawn: Draws, colour: Images) -> Images:
        """The share is drawn evenly, and so is the logarithm of height by width."""
        _, height, width, _ = images.shape
        pixels = (self.least + (self.most - self.least) * drawn[1]) * height * width
        aspect = self.aspect ** (1 - 2 * drawn[2])

        def span(numbers: Draws, length: Draws, most: int) -> Spans:
            covered = np.clip(np.rint(length), 1, most) * (drawn[0] < self.p)
            first = (numbers * (most - covered + 1)).astype(np.int64)
            return first, first + covered.astype(np.int64)

        down = span(drawn[3], np.sqrt(pixels * aspect), height)
        across = span(drawn[4], np.sqrt(pixels / aspect), width)
        return erase(workspace, images, down, across, colour)
