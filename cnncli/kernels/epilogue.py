"""What is done to numbers while they are in cache, right after a product or sum, or before one.

A layer that only scales and shifts channels, or cuts off what is negative, needs no pass over the
memory of its own. After a product scales go into the filters, shifts into the biases, and the rest
is done to each block of places as soon as it is there. Before a product they go into its filters
and biases too, where these weigh single pixels, and what is left is to cut numbers off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from cnncli.lazy import Array, np

from .workspace import Workspace

_FAR = 1e30
"""Where a channel would be cut off there, its scale is as good as 0."""


class Cut(NamedTuple):
    """The least and the largest number (C,) of each channel: what is beyond becomes these."""

    least: Array
    largest: Array | None

    def along(self, count: int) -> Cut:
        """Of so many pixels one after another."""
        largest = None if self.largest is None else np.tile(self.largest, count)
        return Cut(np.tile(self.least, count), largest)

    def copy(self, x: Array, out: Array) -> None:
        """out = x, cut off."""
        np.maximum(x, self.least, out=out)
        if self.largest is not None:
            np.minimum(out, self.largest, out=out)


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

    def before(
        self, workspace: Workspace, W: Array, b: Array | None
    ) -> tuple[Array, Array | None, Cut | None]:
        """Weights (..., C, K), biases, and a cut that do the same to what is to be weighed.

        For s > 0, max(0, s x + t) is s max(x, -t/s) + t, and for s < 0 it is s min(x, -t/s) + t: s
        goes into the weights and t, through them, into the biases. Where s is as good as 0 it
        is max(0, t).
        """
        if self.scale is None or self.shift is None:
            return W, b, Cut(np.zeros(W.shape[-2], W.dtype), None) if self.rectified else None
        scale, shift, cut = self.scale, self.shift, None
        if self.rectified:
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                bound = -shift / scale
            is_cut, rises = np.abs(bound) < _FAR, scale > 0
            scale = np.where(is_cut, scale, 0 * scale)
            shift = np.where(is_cut, shift, np.clip(shift, 0, np.inf))
            least = np.where(is_cut & rises, bound, -np.inf).astype(W.dtype)
            largest = np.where(is_cut & ~rises, bound, np.inf).astype(W.dtype)
            cut = Cut(least, None if rises.all() else largest)
        scaled: Array = workspace.empty(W.shape, W.dtype)
        np.multiply(W, scale[:, None], out=scaled, casting="same_kind")
        shifts = shift @ W.reshape(W.shape[-2:])
        return scaled, shifts if b is None else b + shifts, cut

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
