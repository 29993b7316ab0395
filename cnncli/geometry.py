"""Where windows lie on a map: extents, padding and the size rule (W - F + 2P)/S + 1."""

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple


class Extent(NamedTuple):
    """A size in two axes, width first as the notes write volumes."""

    W: int
    H: int

    def __str__(self) -> str:
        return str(self.W) if self.W == self.H else f"{self.W}x{self.H}"


class Volume(NamedTuple):
    """Width x height x depth, the notes' order; in memory a batch is (N, H, W, D)."""

    W: int
    H: int
    D: int

    def __str__(self) -> str:
        return f"{self.W}x{self.H}x{self.D}"

    @property
    def size(self) -> int:
        """How many numbers the volume holds."""
        return self.W * self.H * self.D


class Padding(NamedTuple):
    """Zeros around a map, in pixels; negative values crop."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0

    def __str__(self) -> str:
        if self.left == self.right and self.top == self.bottom:
            return str(Extent(self.left, self.top))
        return "{" + ", ".join(f"{side}: {n}" for side, n in self._asdict().items()) + "}"


def places(size: int, extent: int, stride: int, pad: int) -> Fraction:
    """(W - F + 2P)/S + 1, exactly: how many places a window has along one axis.

    `pad` is the sum of both sides. The value is whole where the window fits.
    """
    return Fraction(size - extent + pad, stride) + 1


def reach(F: Extent, dilation: Extent) -> Extent:
    """The extent of a window whose pixels lie `dilation` apart: (F - 1)*dilation + 1."""
    return Extent((F.W - 1) * dilation.W + 1, (F.H - 1) * dilation.H + 1)


@dataclass(frozen=True)
class Geometry:
    """Windows of extent F, at stride S, on a map of `size` with padding P: `out` places.

    A dilated window takes every `dilation`-th pixel, so that it reaches over (F - 1)*dilation + 1.
    P already holds what `fit` added (pad) or took away (crop, as negative padding) on the right
    and at the bottom, so that the size rule is exact: out = (size - F + P)/S + 1 in both axes.
    """

    size: Extent
    F: Extent
    S: Extent
    P: Padding
    out: Extent
    dilation: Extent = Extent(1, 1)

    def __post_init__(self) -> None:
        size, reach, S, P, out = self.size, self.reach, self.S, self.P, self.out
        assert size.W - reach.W + P.left + P.right == (out.W - 1) * S.W
        assert size.H - reach.H + P.top + P.bottom == (out.H - 1) * S.H

    @property
    def reach(self) -> Extent:
        """The extent from a window's first pixel to its last."""
        return reach(self.F, self.dilation)

    @property
    def tiles(self) -> bool:
        """Every pixel of the map lies in exactly one window."""
        axes = zip(self.size, self.F, self.S, self.out, strict=True)
        return Padding() == self.P and all(
            size == F * out and (S == F or out == 1) for size, F, S, out in axes
        )
