"""Ways in which evaluation looks at an image: the elements of `data.views`.

The class scores of all are averaged (test-time augmentation).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from cnncli.bounds import MAX_BORDER
from cnncli.kernels.workspace import Workspace
from cnncli.layers.constraints import Field
from cnncli.layers.fields import Count
from cnncli.lazy import Images, np

from .pixels import Border, ImageChange, crop, flip


class View(NamedTuple):
    """An image moved by some pixels, mirrored or not, and its share of the average."""

    weight: float = 1.0
    mirrored: bool = False
    down: int = 0
    across: int = 0
    border: Border = "zeros"

    def of(self, workspace: Workspace, images: Images) -> Images:
        """Images (n, H, W, C) seen so."""
        n, pad = len(images), max(abs(self.down), abs(self.across))
        if pad:
            # what is moved down begins above the image
            down, across = (np.full(n, pad - moved) for moved in (self.down, self.across))
            images = crop(workspace, images, pad, down, across, self.border)
        return flip(workspace, images, np.ones(n, np.bool_)) if self.mirrored else images


AS_IT_IS = View()


class ViewChange(ImageChange, ABC):
    """Adds views to those there are; the weights go on summing to 1."""

    @abstractmethod
    def change(self, views: Sequence[View]) -> list[View]:
        """The views with those added; weights of views that are alike add up."""


@dataclass(frozen=True, kw_only=True)
class Mirror(ViewChange):
    """The image mirrored left to right, beside the one as it is."""

    name = "flip"

    def change(self, views: Sequence[View]) -> list[View]:
        """A mirrored image takes half of the weight of the one beside it."""
        halved = [each._replace(weight=each.weight / 2) for each in views]
        return halved + [each._replace(mirrored=not each.mirrored) for each in halved]


@dataclass(frozen=True, kw_only=True)
class Shift(ViewChange):
    """The image moved by some pixels up and left, and down and right; both count half."""

    name = "shift"

    pixels: Annotated[Count, Field(le=MAX_BORDER, description="how far")] = 1
    border: Border = "reflect"

    @property
    def mirrored_pixels(self) -> int:
        return self.pixels if self.border == "reflect" else 0

    def change(self, views: Sequence[View]) -> list[View]:
        """Moved images, mirrored as those there are, take half of the weight."""
        moved = [
            View(0.25, down=step, across=step, border=self.border)
            for step in (-self.pixels, self.pixels)
        ]
        return [each._replace(weight=each.weight / 2) for each in views] + [
            each._replace(weight=each.weight * whole.weight, mirrored=whole.mirrored)
            for whole in views
            for each in moved
        ]


def all_views(given: Sequence[ViewChange]) -> tuple[View, ...]:
    """The image as it is, and what the configuration adds; what is there twice is one view."""
    views = [AS_IT_IS]
    for change in given:
        views = change.change(views)
    weights: dict[View, float] = {}
    for each in views:
        seen = each._replace(weight=1.0)
        weights[seen] = weights.get(seen, 0.0) + each.weight
    return tuple(seen._replace(weight=weight) for seen, weight in weights.items())
