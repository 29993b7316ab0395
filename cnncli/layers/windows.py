"""Hyperparameters of layers that slide a window, and the one rule for how many places it has."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from cnncli.bounds import MAX_NUMBERS
from cnncli.geometry import Extent, Geometry, Padding, Volume, places, reach

from .base import Context, Layer, LayerError, Shapes
from .fields import Fit
from .reading import Reading, Reads


@dataclass(frozen=True, kw_only=True)
class Windowed(Layer):
    """A layer that slides a window, and so may not fit its input.

    F: spatial extent, `global` the whole map. S: stride. P: zero padding. fit: what to do with
    remaining places. None in `P` or `fit` means: not given.
    """

    skips_padding: ClassVar[bool] = False
    """Whether a window without a real pixel has no value: `fit: pad` then makes none."""

    if TYPE_CHECKING:

        @property
        def F(self) -> Extent | Literal["global"]: ...
        @property
        def S(self) -> Extent: ...
        @property
        def P(self) -> Padding | Literal["same"] | None: ...
        @property
        def fit(self) -> Fit | None: ...

    @property
    def dilation(self) -> Extent:
        """How far the pixels under a window lie apart."""
        return Extent(1, 1)

    def complete(self, context: Context) -> Any:
        """The file's `fit` where it has none of its own, and P = dilation*(F - 1)/2.

        A window of even reach has no such P.
        """
        layer: Any = replace(self, fit=self.fit or context.fit)  # type: ignore[call-arg]
        if self.P is None and self.F != "global":
            layer = replace(layer, P=size_keeping_padding(self.F, self.dilation))
        return layer

    def at_border(self, geometry: Geometry) -> str:
        """What a reader must know of windows that reach over the map's end; often nothing."""
        return ""

    def reads(self, in_shapes: Shapes) -> tuple[Reads]:
        """F x F at stride S; one window over the whole map has no stride."""
        geometry = window_geometry(self, in_shapes[0])
        P, out = (geometry.P.left, geometry.P.top), geometry.out
        is_one = geometry.reach == geometry.size != (1, 1) and out == (1, 1) and P == (0, 0)
        across, down = (
            Reading((range(-before, reach - before, gap),), 0 if is_one else S)
            for before, reach, gap, S in zip(
                P, geometry.reach, self.dilation, geometry.S, strict=True
            )
        )
        return (Reads(across, down),)


def same_padding(size: Extent, F: Extent, S: Extent) -> Padding:
    """The padding that gives ceil(W/S) places; an odd pixel goes to the right and the bottom.

    Where F < S it may be negative: pixels after the last window are cropped.
    """
    across, down = (
        (ceil(Fraction(w, s)) - 1) * s + f - w for w, f, s in zip(size, F, S, strict=True)
    )
    left, top = max(across, 0) // 2, max(down, 0) // 2
    return Padding(left, across - left, top, down - top)


def size_keeping_padding(F: Extent, dilation: Extent) -> Padding:
    """dilation*(F - 1)/2 on each side: at stride 1 the map keeps its size.

    Raises LayerError where that is not a whole number.
    """
    extent = reach(F, dilation)
    if extent.W % 2 == 0 or extent.H % 2 == 0:
        even, rule = f"F={F} is even", "P=(F-1)/2"
        if dilation != (1, 1):
            even = f"F={F} with dilation={dilation} reaches over {extent}, which is even"
            rule = "P=dilation*(F-1)/2"
        raise LayerError(
            f"{even}, so the default {rule} is not a whole number.\n"
            "Give P, for example P: 0, or P: same to keep the size.",
            field="F",
        )
    across, down = extent.W // 2, extent.H // 2
    return Padding(across, across, down, down)


class Axis(NamedTuple):
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
    def room(self) -> int:
        """How far the window can move on the padded map; negative where it is too large."""
        return self.size - self.F + self.before + self.after

    @property
    def arithmetic(self) -> str:
        """The size rule with the numbers filled in."""
        even = self.before == self.after
        pad = f"2*{self.before}" if even else f"{self.before} + {self.after}"
        value = round(float(self.places), 3)
        return f"({self.size} - {self.F} + {pad})/{self.S} + 1 = {value:.10g}"

    @property
    def last_inside(self) -> int:
        """How many windows begin before the map's end."""
        return (self.size + self.before - 1) // self.S + 1

    def overhang(self, count: int) -> int:
        """How far the last of `count` windows reaches beyond the padded map, or, negative, not."""
        return (count - 1) * self.S + self.F - (self.size + self.before + self.after)


def axes_of(layer: Windowed, volume: Volume) -> tuple[Axis, Axis]:
    """A layer's windows across and down the volume; not for a global one."""
    assert layer.F != "global"
    assert layer.P is not None, "the graph completes a layer before it asks for shapes"
    size, extent, S = Extent(volume.W, volume.H), reach(layer.F, layer.dilation), layer.S
    P = same_padding(size, extent, S) if layer.P == "same" else Padding(*layer.P)
    return (
        Axis("width", size.W, extent.W, S.W, P.left, P.right),
        Axis("height", size.H, extent.H, S.H, P.top, P.bottom),
    )


def window_geometry(layer: Windowed, volume: Volume) -> Geometry:
    """Where the layer's windows lie on the volume, after `fit` has dealt with a remainder.

    Raises LayerError where (W - F + 2P)/S + 1 is not whole under `strict`, and where it is less
    than one under any `fit`, or the padded input is larger than any memory.
    """
    size = Extent(volume.W, volume.H)
    if layer.F == "global":
        return Geometry(size, size, Extent(1, 1), Padding(), Extent(1, 1))
    F, S, dilation = layer.F, layer.S, layer.dilation
    across, down = axes = axes_of(layer, volume)
    P = Padding(across.before, across.after, down.before, down.after)
    if too_large := [axis for axis in axes if axis.room < 0]:
        head = f"{_describe(F, S, P, dilation)}: the window is larger than"
        raise LayerError(_complaint(head, too_large, "less than one place"), field="F")
    fit = layer.fit or "strict"
    not_whole = [axis for axis in axes if axis.room % axis.S]
    if fit == "strict" and not_whole:
        message = _complaint(
            f"{_describe(F, S, P, dilation)} do not fit", not_whole, "not a whole number"
        )
        assume = Volume(across.room // across.S + 1, down.room // down.S + 1, volume.D)
        raise LayerError(message, "S" if max(S) > 1 else "F", assume)
    rounded = [axis.room + (axis.S - 1 if fit == "pad" else 0) for axis in axes]
    out = Extent(*(room // axis.S + 1 for room, axis in zip(rounded, axes, strict=True)))
    if layer.skips_padding:
        out = Extent(*(min(n, axis.last_inside) for n, axis in zip(out, axes, strict=True)))
    wide, tall = (axis.size + axis.before + axis.after for axis in axes)
    padded = Volume(wide, tall, volume.D)
    if padded.size > MAX_NUMBERS:
        raise LayerError(
            f"{_describe(F, S, P, dilation)}: the padded input {padded} has {padded.size:,} "
            f"numbers; at most {MAX_NUMBERS:,} are possible.\nMake P, F or the dilation smaller.",
            field="F",
        )
    right, bottom = P.right + across.overhang(out.W), P.bottom + down.overhang(out.H)
    return Geometry(size, F, S, Padding(P.left, right, P.top, bottom), out, dilation)


def _describe(F: Extent, S: Extent, P: Padding, dilation: Extent) -> str:
    """The hyperparameters of a window, for a message."""
    text = f"F={F}, S={S}, P={P}"
    extent = reach(F, dilation)
    return (
        text if extent == F else f"{text}, dilation={dilation} (the filter reaches over {extent})"
    )


def filtered_shape(layer: Windowed, volume: Volume, K: int) -> Volume:
    """W2 x H2 x K, of a layer with K filters. Raises LayerError as `window_geometry` does."""
    try:
        out = window_geometry(layer, volume).out
    except LayerError as error:
        if error.assume:
            error.assume = error.assume._replace(D=K)
        raise
    return Volume(out.W, out.H, K)


def _complaint(head: str, axes: list[Axis], problem: str) -> str:
    """What does not fit, and the arithmetic of each axis that it concerns."""
    where = " and ".join(f"{axis.name} {axis.size}" for axis in axes)
    lines = dict.fromkeys(f"{axis.arithmetic} is {problem}." for axis in axes)
    return f"{head} {where}:\n" + "\n".join(lines)


def crop_to_fit(layer: Any, in_shapes: Sequence[Volume]) -> Any:
    """The layer as it fits its input when places, and a window larger than the map, are cropped.

    More padding than it may have becomes `same`. None for a layer that does not slide a window, and
    where none of that helps.
    """
    if not isinstance(layer, Windowed) or len(in_shapes) != 1 or layer.P is None:
        return None
    (volume,) = in_shapes
    windowed: Any = layer
    choices = [replace(windowed, fit="crop")]
    if layer.F != "global":
        P = Padding() if layer.P == "same" else layer.P
        room = Extent(volume.W + P.left + P.right, volume.H + P.top + P.bottom)
        sizes = zip(layer.F, room, layer.dilation, strict=True)
        F = Extent(*(min(f, (w - 1) // d + 1) for f, w, d in sizes))
        choices += [replace(windowed, F=F, fit="crop"), replace(windowed, P="same")]
    for choice in choices:
        with suppress(LayerError):
            choice.out_shape(in_shapes)
            return choice
    return None
