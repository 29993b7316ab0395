"""Sizes whose numbers stand in another order: depth first, or height before width."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from cnncli.config.specification import LayerSpec
from cnncli.geometry import Extent, Volume
from cnncli.layers.base import Layer
from cnncli.layers.input import Input
from cnncli.layers.windows import Windowed, axes_of
from cnncli.problems import Problem

from .candidates import Change

_CHANNELS = (1, 3, 4)
"""Depths of images: grey, colours, and colours with transparency."""
_LEAST = 8
"""Sides of images that are smaller are rather depths."""
_FACTOR = 2
"""Images whose sides differ by more than this factor are rather sequences."""


def input_orders(size: Volume) -> Iterator[Change]:
    """Other orders of the numbers of the images' size."""
    if _may_begin_with_depth(size):
        yield _of_input(Volume(size.D, size.H, size.W), "the depth was written first")
    if size.W != size.H and min(size.W, size.H) > 1:  # a row is meant as one
        yield _of_input(Volume(size.H, size.W, size.D), "the height was written first")


def _of_input(size: Volume, note: str) -> Change:
    return Change(0, "size", size, Fraction(1), note, is_order=True)


def _may_begin_with_depth(size: Volume) -> bool:
    shorter, longer = sorted((size.H, size.D))
    return size.W in _CHANNELS and shorter >= _LEAST and longer <= _FACTOR * shorter


def window_orders(at: int, layer: Any) -> Iterator[Change]:
    """The window with its height in the place of its width."""
    F = getattr(layer, "F", None)
    if isinstance(F, Extent) and F.W != F.H:
        note = "the height was written first"
        yield Change(at, "F", Extent(F.H, F.W), Fraction(0), note, is_order=True)


def narrow_windows(at: int, layer: Any, volume: Volume) -> Iterator[Change]:
    """The window as it fits a map that is long and low: less wide, or less high, and not both."""
    if not isinstance(layer, Windowed) or layer.F == "global" or layer.P is None:
        return
    axes = axes_of(layer, volume)
    too_large = [axis for axis in axes if axis.room < 0]
    if len(too_large) != 1 or max(layer.dilation) > 1:
        return
    (axis,) = too_large
    side = axis.F + axis.room
    F = layer.F._replace(W=side) if axis is axes[0] else layer.F._replace(H=side)
    if side > 0:
        yield Change(at, "F", F, Fraction(-axis.room, axis.F) / 2)


def depth_first(layers: Sequence[LayerSpec]) -> tuple[Problem, Change] | None:
    """The doubt that the images are as wide as they should be deep, and what would be right.

    None where windows across and down differ: of them somebody knows that the map is long and low.
    """
    first: Layer | None = layers[0].layer if layers else None
    if not isinstance(first, Input) or first.size is None or not _may_begin_with_depth(first.size):
        return None
    W, H, D = first.size
    windows = [written.layer.F for written in layers if isinstance(written.layer, Windowed)]
    is_known = any(F != "global" and F.W != F.H for F in windows)
    if is_known:
        return None
    change, *_ = input_orders(first.size)
    problem = layers[0].warning(
        f"INPUT is {W} wide, {H} high and {D} deep: sizes are WIDTHxHEIGHTxDEPTH.\n"
        f"Write {change.value} if the images are {D} wide and have {W} "
        f"channel{'s' * (W > 1)}.",
        "size",
    )
    return problem, change
