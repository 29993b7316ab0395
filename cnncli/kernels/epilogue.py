"""What is done to numbers while they are in cache, right after a product or sum, or before one.

A layer that only scales and shifts channels, or cuts off what is negative, needs no pass over the
memory of its own. After a product scales go into the filters, shifts into the biases, and the rest
is done to each block of places as soon as it is there. Before a product they go into its filters
and biases too, where these weigh single pixels or single channels, and what is left is to cut
numbers off.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from cnncli.lazy import Array, DTypeLike, np

from .workspace import Workspace

_FAR = 1e30
"""Where a channel would be cut off there, its scale is as good as 0."""


class Cut(NamedTuple):
    """The least and the largest number (C,) of each channel: what is beyond becomes these.

    zero: the number (C,) that stands for the zeros around a volume. One number, (), for all.
    """

    least: Array
    largest: Array | None
    zero: Array

    def along(self, count: int) -> Cut:
        """Of so many pixels in a line, (count, C)."""

        def line(of_channel: Array) -> Array:
            return np.tile(of_channel, (count, 1)) if of_channel.ndim else of_channel

        largest = None if self.largest is None else line(self.largest)
        return Cut(line(self.least), largest, line(self.zero))

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
        """Weights, biases, and a cut that do the same to what is to be weighed.

        W (..., C, K) of single pixels, or (F, F, 1, K) with K/C filters for each channel. For
        s > 0, max(0, s x + t) is s max(x, -t/s) + t, and for s < 0 it is s min(x, -t/s) + t: s goes
        into the weights and t, through them, into the biases. Zeros around the volume become -t/s.
        Where s is as good as 0, x is max(0, t) from the start.
        """
        if self.scale is None or self.shift is None:
            zero = np.zeros((), W.dtype)
            return W, b, Cut(zero, None, zero) if self.rectified else None
        scale, shift, cut = self.scale, self.shift, None
        depth, K = W.shape[-2:]
        if own := depth < len(scale):
            scale, shift = (np.repeat(numbers, K // len(scale)) for numbers in (scale, shift))
        if self.rectified or prod(W.shape[:-2]) > 1:
            scale, shift, cut = self._cut(scale, shift, W.dtype)
        scaled: Array = workspace.empty(W.shape, W.dtype)
        np.multiply(W, scale if own else scale[:, None], out=scaled, casting="same_kind")
        taps = W.reshape(-1, depth, K).sum(axis=0)
        shifts = shift * taps[0] if own else shift @ taps
        return scaled, shifts if b is None else b + shifts, cut

    def _cut(self, scale: Array, shift: Array, dtype: DTypeLike) -> tuple[Array, Array, Cut]:
        """What is to be done before weights, of which scale and shift go into them."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            zero = -shift / scale
        is_scaled, rises = np.abs(zero) < _FAR, scale > 0
        constant = (np.clip(shift, 0, np.inf) if self.rectified else shift) + 0 * scale
        least = np.where(is_scaled, np.where(rises & self.rectified, zero, -np.inf), constant)
        largest = np.where(is_scaled, np.where(~rises & self.rectified, zero, np.inf), constant)
        cut = Cut(
            least.astype(dtype),
            None if np.isposinf(largest).all() else largest.astype(dtype),
            np.where(is_scaled, zero, 0).astype(dtype),
        )
        return np.where(is_scaled, scale, 1), np.where(is_scaled, shift, 0), cut

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
