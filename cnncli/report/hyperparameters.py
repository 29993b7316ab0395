"""Hyperparameters in the letters of the notes: `K=12 F=3 S=1 P=1`."""

from dataclasses import fields
from typing import Any

from cnncli.geometry import Extent, Padding
from cnncli.layers.base import Context, Layer

_WITHOUT_PLACES = ("S", "P", "fit")
"""What says nothing of a window that is the whole map: it has one place."""
_RARELY_GIVEN = ("dilation", "groups", "front", "back")


def as_values(layer: Layer) -> dict[str, Any]:
    """Every hyperparameter by name, as it could be written in a configuration file."""
    return {field.name: _value(getattr(layer, field.name)) for field in fields(layer)}


def as_text(layer: Layer) -> str:
    """Those that say something.

    All numbers, but those that are rarely given only if they are, and the words that are not usual.
    """
    parts = []
    silent = _WITHOUT_PLACES if getattr(layer, "F", None) == "global" else ()
    for field in fields(layer):
        value = getattr(layer, field.name)
        usual = {None, Context._field_defaults.get(field.name)}
        if isinstance(field.default, str | bool) or field.name in _RARELY_GIVEN:
            usual.add(field.default)
        if value not in usual and field.name not in silent:
            parts.append(f"{field.name}={_word(value)}")
    return " ".join(parts)


def _value(value: Any) -> Any:
    if isinstance(value, Padding):
        left, right, top, bottom = value
        if left != right or top != bottom:
            return value._asdict()
        value = Extent(left, top)
    if isinstance(value, Extent):
        return value.W if value.W == value.H else str(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value).replace(" ", "")
