"""Hyperparameters of layers that slide a window, and the one rule for how many places it has."""

from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from typing import Literal, Protocol, TypeVar

from cnncli.kernels.geometry import Extent, Geometry, Padding, places

from .base import LayerError
from .hyperparameters import Fit, Volume

_AXES = (("width", "columns"), ("height", "rows"))


class Windowed(Protocol):
    """The window's hyperparameters; None in `P` or `fit` means: not given."""

    @property
    def F(self) -> Extent:
        """Spatial extent."""

    @property
    def S(self) -> Extent:
        """Stride."""

    @property
    def P(self) -> Padding | Literal["same"] | None:
        """Zero padding."""

    @property
    def fit(self) -> Fit | None:
        """What to do with places that are left over."""


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


def geometry(layer: Windowed, volume: Volume) -> Geometry:
    """Where the layer's windows lie on the volume, after `fit` has dealt with the rest.

    Raises LayerError where (W - F + 2P)/S + 1 is not whole under `strict`, and where it is less
    than one under any `fit`.
    """
    size = Extent(volume.W, volume.H)
    assert layer.P is not None, "the graph completes a layer before it asks for shapes"
    P = same_padding(size, layer.F, layer.S) if layer.P == "same" else Padding(*layer.P)
    pads = (P.left + P.right, P.top + P.bottom)
    axes = list(zip(size, layer.F, layer.S, pads, strict=True))
    exact = [places(*axis) for axis in axes]
    if min(exact) < 1:
        raise LayerError(_too_large(layer, P, axes, exact), field="F")
    fit = layer.fit or "strict"
    if fit == "strict" and any(n.denominator != 1 for n in exact):
        assume = Volume(floor(exact[0]), floor(exact[1]), volume.D)
        raise LayerError(_left_over(layer, P, axes, exact), _culprit(layer), assume)
    rounded = [ceil(n) if fit == "pad" else floor(n) for n in exact]
    # How far the last window reaches beyond the padded map (negative: stops short of its end).
    right, bottom = ((n - 1) * s + f - w - p for n, (w, f, s, p) in zip(rounded, axes, strict=True))
    return Geometry(
        size,
        layer.F,
        layer.S,
        Padding(P.left, P.right + right, P.top, P.bottom + bottom),
        Extent(*rounded),
    )


def _culprit(layer: Windowed) -> str:
    """The hyperparameter to point at: the stride if it is not 1, else the extent."""
    return "S" if max(layer.S) > 1 else "F"


def _arithmetic(axis: tuple[int, int, int, int], sides: tuple[int, int], value: Fraction) -> str:
    w, f, s, _ = axis
    pad = f"2*{sides[0]}" if sides[0] == sides[1] else f"{sides[0]} + {sides[1]}"
    return f"({w} - {f} + {pad})/{s} + 1 = {float(value):.4g}"


def _faults(
    P: Padding, axes: list[tuple[int, int, int, int]], exact: list[Fraction]
) -> list[tuple[int, str]]:
    sides = ((P.left, P.right), (P.top, P.bottom))
    return [
        (i, _arithmetic(axis, side, n))
        for i, (axis, side, n) in enumerate(zip(axes, sides, exact, strict=True))
    ]


def _describe(layer: Windowed, P: Padding) -> str:
    return f"F={layer.F}, S={layer.S}, P={P}"


def _left_over(
    layer: Windowed, P: Padding, axes: list[tuple[int, int, int, int]], exact: list[Fraction]
) -> str:
    bad = [(i, text) for i, text in _faults(P, axes, exact) if exact[i].denominator != 1]
    where = " and ".join(f"{_AXES[i][0]} {axes[i][0]}" for i, _ in bad)
    lines = dict.fromkeys(f"{text} is not a whole number." for _, text in bad)
    return f"{_describe(layer, P)} do not fit {where}:\n" + "\n".join(lines)


def _too_large(
    layer: Windowed, P: Padding, axes: list[tuple[int, int, int, int]], exact: list[Fraction]
) -> str:
    bad = [(i, text) for i, text in _faults(P, axes, exact) if exact[i] < 1]
    where = " and ".join(f"{_AXES[i][0]} {axes[i][0]}" for i, _ in bad)
    lines = dict.fromkeys(f"{text} is less than one place." for _, text in bad)
    return f"{_describe(layer, P)}: the window is larger than {where}:\n" + "\n".join(lines)
