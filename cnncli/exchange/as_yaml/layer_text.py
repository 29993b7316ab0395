"""A layer in a pattern: `CONV3-64(S=2)`."""

from collections.abc import Mapping
from typing import Any

from cnncli.config.source_text.dump import flow
from cnncli.layers.base import Layer


def layer_text(layer: Layer, given: Mapping[str, Any]) -> str:
    """The layer with these hyperparameters, and `from` and `name`.

    Of texts, which are names of parameters, none is glued to the layer's name.
    """
    spelling, rest = layer.spelling, dict(given)
    word = min(spelling.names, key=len)
    size, dashed = spelling.size_suffix, spelling.dash_suffix
    if size == "F" and isinstance(rest.get(size), int):
        word += f"{rest.pop(size)}"
    if dashed and isinstance(rest.get(dashed), int):
        word += f"-{rest.pop(dashed)}"
    inner = ", ".join(f"{name}={flow(value)}" for name, value in rest.items())
    return f"{word}({inner})" if inner else word
