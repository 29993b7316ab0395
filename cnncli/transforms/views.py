"""Ways in which evaluation looks at an image; the class scores of all are averaged."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cnncli.datasets.dataset import Images
from cnncli.kernels.workspace import Workspace

from . import augmentations as spec
from .pixels import Border, crop, flip


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


def all_views(given: Sequence[spec.Mirror | spec.Shift]) -> tuple[View, ...]:
    """The image as it is, and what the configuration adds; the weights sum to 1.

    A shift up and left and one down and right take half of the weight; a mirrored image takes
    half of that of the one beside it. What is there twice is one view.
    """
    views = [AS_IT_IS]
    for view in given:
        if isinstance(view, spec.Shift):
            one, border = view.pixels, view.border
            moved = [View(0.25, down=step, across=step, border=border) for step in (-one, one)]
            views = [each._replace(weight=each.weight / 2) for each in views] + [
                each._replace(weight=each.weight * whole.weight, mirrored=whole.mirrored)
                for whole in views
                for each in moved
            ]
        else:
            halved = [each._replace(weight=each.weight / 2) for each in views]
            views = halved + [each._replace(mirrored=not each.mirrored) for each in halved]
    weights: dict[View, float] = {}
    for each in views:
        seen = each._replace(weight=1.0)
        weights[seen] = weights.get(seen, 0.0) + each.weight
    return tuple(seen._replace(weight=weight) for seen, weight in weights.items())
