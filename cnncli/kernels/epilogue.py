"""What is done to numbers while they are in cache, right behind the product or sum they come from.

A layer that only scales and shifts channels, or cuts off what is negative, needs no pass over the
memory of its own: scales go into the filters, shifts into the biases, and the rest is done to each
block of places as soon as it is there.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .workspace import Workspace

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Finish:
    """scale * y + shift in every channel, and 0 for what is negative where it is rectified."""

    scale: Array | None = None
    shift: Array | None = None
    rectified: bool = False

    def scaled(self, scale: Array, shift: Array) -> "Finish":
        """What it is with one more scale and shift behind it; nothing may be rectified yet."""
        assert not self.rectified
        if self.scale is None or self.shift is None:
            return Finish(scale, shift)
        return Finish(self.scale * scale, self.shift * scale + shift)

    def filters(self, workspace: Workspace, W: Array) -> Array:
        """Weights (..., K) that give scaled sums."""
        if self.scale is None:
            return W
        scaled: Array = workspace.empty(W.shape, W.dtype)
        return np.multiply(W, self.scale, out=scaled, casting="same_kind")

    def biases(self, b: Array | None) -> Array | None:
        """Biases (K,) of sums that are scaled and shifted; None where there is nothing to add."""
        if self.scale is None or self.shift is None:
            return b
        return self.shift if b is None else b * self.scale + self.shift

    def rectify(self, part: Array) -> None:
        """Cuts off what is negative, in place, if that is to be done."""
        if self.rectified:
            np.clip(part, 0, np.inf, out=part)


PLAIN = Finish()
"""Nothing to be done."""


def add_biases(part: Array, biases: Array | None, finish: Finish) -> None:
    """Adds biases along lines (W * K,) to some lines of an output (n, H, W, K), and finishes it."""
    rows = part.reshape(*part.shape[:-2], -1)
    if biases is not None:
        rows += biases
    finish.rectify(rows)
