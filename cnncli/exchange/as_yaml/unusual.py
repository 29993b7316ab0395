"""The hyperparameters of a layer that have to be written, as they are not usual."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, replace
from typing import Any

from cnncli.layers.base import Context, Layer, LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.transposed_conv import ConvT
from cnncli.layers.windows import Windowed, size_keeping_padding
from cnncli.schema.validation import serialise, shortest

_OF_PLACES = ("S", "P", "fit")
"""What says nothing of a window that is the whole map: it has one place."""


def complete(layer: Layer) -> dict[str, Any]:
    """All that have a value, by name, as a configuration has them."""
    written = serialise(type(layer), layer)
    return {name: shortest(value) for name, value in written.items() if value is not None}


def unusual(layer: Layer) -> dict[str, Any]:
    """Those that are not usual, with `fit` in any case."""
    usual = {
        field.name: serialise(type(layer), _with(layer, field)).get(field.name)
        for field in fields(layer)
        if field.default is not MISSING
    }
    found = {
        name: value
        for name, value in complete(layer).items()
        if not (name in usual and value == shortest(usual[name]))
    }
    if isinstance(layer, Windowed) and _keeps_size(layer):
        found.pop("P", None)
    if found.get("init") == Context().init.name:
        del found["init"]
    if isinstance(layer, Conv | ConvT):  # whose usual K depends on what they read
        found = {"K": layer.K, **found}
    return found


def telling(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those that say something of a layer whose windows are known to fit."""
    silent = _OF_PLACES if given.get("F") == "global" else ()
    return {
        name: value
        for name, value in given.items()
        if name not in silent and (name, value) != ("fit", "strict")
    }


def _with(layer: Layer, field: Field[Any]) -> Any:
    """The layer with the default of one of its fields."""
    return replace(layer, **{field.name: field.default})


def _keeps_size(layer: Windowed) -> bool:
    """Whether P is what it is where it is not given."""
    default = next(field.default for field in fields(layer) if field.name == "P")
    if default is not None or layer.F == "global":
        return False
    try:
        return bool(size_keeping_padding(layer.F, layer.dilation) == layer.P)
    except LayerError:
        return False
