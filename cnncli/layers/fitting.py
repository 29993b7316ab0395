"""One layer on its inputs: open hyperparameters filled in, and what it gives, fitting or not."""

from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from math import prod
from typing import Any

from cnncli.bounds import MAX_NUMBERS
from cnncli.geometry import Volume

from .base import Context, Layer, LayerError
from .windows import crop_to_fit

_REMEMBERED = 2**14
"""Layers with their inputs whose output is remembered."""


@lru_cache(_REMEMBERED)
def complete(layer: Layer | None, context: Context) -> tuple[Layer | None, LayerError | None]:
    """The layer with open hyperparameters filled in; one without a default P keeps the size."""
    if layer is None:
        return None, None
    try:
        return layer.complete(context), None
    except LayerError as error:
        if error.field == "F":
            same: Any = layer
            with suppress(LayerError):
                return replace(same, P="same").complete(context), error
        return None, error


@lru_cache(_REMEMBERED)
def fit(
    layer: Layer, in_shapes: tuple[Volume, ...]
) -> tuple[Layer, Volume | None, LayerError | None]:
    """What becomes of a layer on its inputs; repeated ones meet the same again and again.

    One that does not fit is taken as if its window or its places had been cropped.
    """
    try:
        volume = layer.out_shape(in_shapes)
    except LayerError as error:
        if taken := crop_to_fit(layer, in_shapes):
            return taken, taken.out_shape(in_shapes), error
        return layer, error.assume, error
    if volume.size > MAX_NUMBERS:
        return layer, None, too_large(volume)
    return layer, volume, None


def too_large(volume: Volume) -> LayerError:
    """What is said of a volume that no memory holds."""
    return LayerError(
        f"the output {volume} has {volume.size:,} numbers; at most {MAX_NUMBERS:,} are possible.\n"
        "Make the images, the number of filters or the padding smaller, or the stride larger."
    )


@lru_cache(_REMEMBERED)
def find_too_large(layer: Layer, in_shapes: tuple[Volume, ...]) -> LayerError | None:
    """What is said of an array of weights that no memory holds; None where there is none."""
    shapes = {name: param.shape for name, param in layer.param_shapes(in_shapes).items()}
    name = max(shapes, key=lambda name: prod(shapes[name]), default="")
    if not name or prod(shapes[name]) <= MAX_NUMBERS:
        return None
    return LayerError(
        f"its array {name} of {'x'.join(map(str, shapes[name]))} has {prod(shapes[name]):,} "
        f"numbers; at most {MAX_NUMBERS:,} are possible.\n"
        "Make the layer's input, its F or its K smaller."
    )
