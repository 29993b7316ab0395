"""Mixup: images of a batch are blended, and so are their losses.

H. Zhang et al. 2018, "mixup: Beyond Empirical Risk Minimization".
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import float32, int64
from numpy.typing import NDArray

from cnncli.kernels import random_streams
from cnncli.kernels.workspace import Workspace

from .parts import Loss, Part

_PURPOSE = 0x0A48
"""Keeps the shares apart from other random numbers under the same seed."""


@dataclass(frozen=True)
class Blend:
    """Images of a batch, each blended with another: `share` is that of the image itself."""

    own: Part
    other: Part
    share: float

    @property
    def labels(self) -> NDArray[int64]:
        """The class of each image itself, which has the larger share."""
        return self.own.labels

    def images(self, workspace: Workspace) -> NDArray[float32]:
        """The images prepared and blended, (n, H, W, C)."""
        blended = self.own.images(workspace)
        blended *= self.share
        other = self.other.images(workspace)
        other *= 1 - self.share
        blended += other
        return blended

    def judged(self, loss: Loss, scores: NDArray[Any]) -> tuple[float, NDArray[Any]]:
        """The losses for both images' classes, in their shares, and the gradient."""
        loss_sum, dscores = self.own.judged(loss, scores)
        other_sum, other_dscores = self.other.judged(loss, scores)
        dscores *= self.share
        other_dscores *= 1 - self.share
        dscores += other_dscores
        return self.share * loss_sum + (1 - self.share) * other_sum, dscores


def draw_share(alpha: float, seed: int, epoch: int, step: int) -> float:
    """x or 1 - x, whichever is larger, for an x of the distribution Beta(alpha, alpha).

    Which of two images is the first is chance already. By the method of Johnk 1964, for alpha
    from above 0 to 1: u^(1/alpha) and v^(1/alpha), drawn until their sum is at most 1.
    """
    for attempt in itertools.count():
        key = random_streams.key(seed, _PURPOSE, epoch, step, attempt)
        drawn = random_streams.uniform(np.array([key]), 2)[0].tolist()
        first, second = (math.log1p(-number) / alpha for number in drawn)
        larger, smaller = max(first, second), min(first, second)
        if larger + math.log1p(math.exp(smaller - larger)) <= 0:
            return 1 / (1 + math.exp(smaller - larger))
    raise AssertionError
