"""How the check goes on behind a fault, without reporting what only follows from it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

from cnncli.kernels.geometry import Padding
from cnncli.layers.base import Context, Layer, LayerError
from cnncli.layers.hyperparameters import Fit, Volume

from .advice import is_windowed


class Fitting(NamedTuple):
    """A layer on the volumes that it may get; the first of the outputs is the one to show."""

    layer: Layer
    """The layer, or the same with `fit: crop` where it does not fit."""
    in_shape: Volume
    outputs: tuple[Volume, ...]
    """The volumes that it may give; none where that can not be told."""
    error: LayerError | None = None
    """Why it fits none of the volumes."""


def fit(layers: Sequence[Layer], possible: Sequence[Volume]) -> Fitting:
    """Tries a layer on every volume that the layers before may give.

    Behind a fault with several remedies, `possible` holds the volume behind each of them, and
    `layers` the layer as each remedy of its own would make it. A misfit is a fault only if nothing
    fits; what does not fit is given up otherwise.
    """
    fitting: list[tuple[Layer, Volume]] = []
    outputs: list[Volume] = []
    misfits: list[LayerError] = []
    for layer, volume in product(layers, possible):
        try:
            outputs.append(layer.out_shape((volume,)))
            fitting.append((layer, volume))
        except LayerError as error:
            misfits.append(error)
    if outputs:
        return Fitting(*fitting[0], tuple(dict.fromkeys(outputs)))
    misfit, layer, volume = misfits[0], layers[0], possible[0]
    if misfit.assume is None:
        return Fitting(layer, volume, (), misfit)
    if not is_windowed(layer):
        return Fitting(layer, volume, (misfit.assume,), misfit)
    rounded = [misfit.assume]
    with suppress(LayerError):
        rounded.append(_fitted(layer, "pad").out_shape((volume,)))
    return Fitting(_fitted(layer, "crop"), volume, tuple(rounded), misfit)


def _fitted(layer: Any, how: Fit) -> Layer:
    fitted: Layer = replace(layer, fit=how)
    return fitted


def remedied(layer: Layer, context: Context) -> tuple[Layer, ...]:
    """A layer that could not be completed, as its remedies would make it; none if unknown."""
    if not is_windowed(layer) or layer.P is not None:
        return ()
    given: Any = layer
    return tuple(replace(given, P=P).complete(context) for P in ("same", Padding()))
