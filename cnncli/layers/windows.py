"""Hyperparameters of layers that slide a window, and the one rule for how many places it has."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import Literal, NamedTuple, Protocol, TypeVar

from cnncli.kernels.geometry import Extent, Geometry, Padding, places, reach

from .base import LayerError
from .hyperparameters import Fit, Volume


class Windowed(Protocol):
    """The window's hyperparameters; None in `P` or `fit` means: not given."""

    @property
    def F(self) -> Extent | Literal["global"]:
        """Spatial extent; `global` is the whole map."""

    @property
    def S(self) -> Extent:
        """Stride."""

    @property
    def P(self) -> Padding | Literal["same"] | None:
        """Zero padding."""

    @property
    def fit(self) -> Fit | None:
        """What to do with places that are left over."""

    @property
    def dilation(self) -> Extent:
        """How far the pixels under a window lie apart."""


L = TypeVar("L", bound=Windowed)


def with_fit(layer: L, fit: Fit) -> L:
    """The layer with the file's `fit` where it has none of its own."""
    return layer if layer.fit else replace(layer, fit=fit)  # type: ignore[type-var]


def same_padding(size: Extent, F: Extent, S: Extent) -> Padding:
    """The padding that gives ceil(W/S) places; an odd pixel goes to the right and the bottom."""
    across, down = (
        max((ceil(Fraction(w, s)) - 1) * s + f - w, 0) for w, f, s in zip(size, F, S, strict=True)
    )
    return Padding(across // 2, across - across // 2, down // 2, down - down // 2)


class _Axis(NamedTuple):
    """One axis of a map with its window: name, map size, F, S, and the padding of both sides."""

    name: str
    size: int
    F: int
    S: int
    before: int
    after: int

    @property
    def places(self) -> Fraction:
        """How many places the window has, exactly."""
        return places(self.size, self.F, self.S, self.before + self.after)

    @property
    def arithmetic(self) -> str:
        """The size rule with the numbers filled in."""
        even = self.before == self.after
        pad = f"2*{self.before}" if even else f"{self.before} + {self.after}"
        value = round(float(self.places), 3)
        return f"({self.size} - {self.F} + {pad})/{self.S} + 1 = {value:.10g}"

    def overhang(self, count: int) -> int:
        """How far the last of `count` windows reaches beyond the padded map, or, negative, not."""
        return (count - 1) * self.S + self.F - (self.size + self.before + self.after)


def geometry(layer: Windowed, volume: Volume) -> Geometry:
    """Where the layer's windows lie on the volume, after `fit` has dealt with the rest.

    Raises LayerError where (W - F + 2P)/S + 1 is not whole under `strict`, and where it is less
    than one under any `fit`.
    """
    size = Extent(volume.W, volume.H)
    if layer.F == "global":
        return Geometry(size, size, Extent(1, 1), Padding(), Extent(1, 1))
    F, S, dilation = layer.F, layer.S, layer.dilation
    assert layer.P is not None, "the graph completes a layer before it asks for shapes"
    extent = reach(F, dilation)
    P = same_padding(size, extent, S) if layer.P == "same" else Padding(*layer.P)
    across = _Axis("width", size.W, extent.W, S.W, P.left, P.right)
    down = _Axis("height", size.H, extent.H, S.H, P.top, P.bottom)
    axes = (across, down)
    window = f"F={F}, S={S}, P={P}"
    if extent != F:
        window += f", dilation={dilation} (the filter reaches over {extent})"
    if too_large := [axis for axis in axes if axis.places < 1]:
        head = f"{window}: the window is larger than"
        raise LayerError(_complaint(head, too_large, "less than one place"), field="F")
    fit = layer.fit or "strict"
    left_over = [axis for axis in axes if axis.places.denominator != 1]
    if fit == "strict" and left_over:
        message = _complaint(f"{window} do not fit", left_over, "not a whole number")
        assume = Volume(floor(across.places), floor(down.places), volume.D)
        raise LayerError(message, "S" if max(S) > 1 else "F", assume)
    whole = ceil if fit == "pad" else floor
    out = Extent(whole(across.places), whole(down.places))
    right, bottom = P.right + across.overhang(out.W), P.bottom + down.overhang(out.H)
    return Geometry(size, F, S, Padding(P.left, right, P.top, bottom), out, dilation)


def _complaint(head: str, axes: list[_Axis], fault: str) -> str:
    """What does not fit, and the arithmetic of each axis that it concerns."""
    where = " and ".join(f"{axis.name} {axis.size}" for axis in axes)
    lines = dict.fromkeys(f"{axis.arithmetic} is {fault}." for axis in axes)
    return f"{head} {where}:\n" + "\n".join(lines)
