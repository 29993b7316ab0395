"""What is done to numbers while they are in cache, right after the product or sum they come from.

A layer that only scales and shifts channels, or cuts off what is negative, needs no pass over the
memory of its own: scales go into the filters, shifts into the biases, and the rest is done to each
block of places as soon as it is there.
"""

from __future__ import annotations

from dataclasses import dataclass

from cnncli.lazy import Array, np

from .workspace import Workspace


@dataclass(frozen=True)
class Epilogue:
    """scale * y + shift in every channel, and 0 for what is negative where it is rectified."""

    scale: Array | None = None
    shift: Array | None = None
    rectified: bool = False

    def then_scale(self, scale: Array, shift: Array) -> Epilogue:
        """This, followed by one more scale and shift; nothing may be rectified yet."""
        assert not self.rectified
        if self.scale is None or self.shift is None:
            return Epilogue(scale, shift)
        return Epilogue(self.scale * scale, self.shift * scale + shift)

    def then_rectify(self) -> Epilogue:
        """This, followed by cutting off what is negative."""
        return Epilogue(self.scale, self.shift, rectified=True)

    def scale_filters(self, workspace: Workspace, W: Array) -> Array:
        """Weights (..., K) that give scaled sums."""
        if self.scale is None:
            return W
        scaled: Array = workspace.empty(W.shape, W.dtype)
        return np.multiply(W, self.scale, out=scaled, casting="same_kind")

    def scale_biases(self, b: Array | None) -> Array | None:
        """Biases (K,) of sums that are scaled and shifted; None where there is nothing to add."""
        if self.scale is None or self.shift is None:
            return b
        return self.shift if b is None else b * self.scale + self.shift

    def rectify(self, part: Array) -> None:
        """Cuts off what is negative, in place, if that is to be done."""
        if self.rectified:
            np.clip(part, 0, np.inf, out=part)


PLAIN = Epilogue()
"""Nothing to be done."""


def add_biases(part: Array, biases: Array | None, epilogue: Epilogue) -> None:
    """Adds biases along lines (W * K,) to lines of an output (n, H, W, K); then its epilogue."""
    rows = part.reshape(*part.shape[:-2], -1)
    if biases is not None:
        rows += biases
    epilogue.rectify(rows)
