"""The resolved configuration as a file: loaded again, it gives the same specification."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cnncli.config.limits import Limits
from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.layers.base import Layer
from cnncli.schema.validation import serialise, shortest

from .scalars import resolve

_PLAIN = re.compile(r"[\w/][\w./()+-]*")
_LINE_BREAKS = re.compile("[\x85\u2028\u2029\ufeff]")


def dump(spec: Specification, layers: Sequence[tuple[str, Layer]]) -> str:
    """YAML text with every layer by name and complete, and every setting, defaults included."""
    lines = [f"name: {flow(spec.name)}"]
    if spec.data:
        lines += ["data:", *_block(serialise(type(spec.data), spec.data))]
    lines += ["architecture:", *(f"  - {flow(item)}" for item in _items(spec, layers))]
    lines += [f"fit: {spec.fit}", "train:", *_block(serialise(TrainSpec, spec.train))]
    if spec.limits != Limits():
        lines += ["limits:", *_block(serialise(Limits, spec.limits))]
    return "\n".join(lines) + "\n"


def _items(spec: Specification, layers: Sequence[tuple[str, Layer]]) -> Iterator[dict[str, Any]]:
    """The layers in the list form; `from` where one does not read the layer above it."""
    inputs = {written.name: written.inputs or () for written in spec.layers}
    above: tuple[str, ...] = ()
    for name, layer in layers:
        hyperparameters = serialise(type(layer), layer)
        item = {
            "name": name,
            layer.kind.lower(): {k: shortest(v) for k, v in hyperparameters.items()},
        }
        if inputs[name] != above:
            item["from"] = list(inputs[name])
        yield item
        above = (name,)


def _keys_with_value(section: Mapping[str, Any]) -> dict[str, Any]:
    """The keys with a value; None always means: not given."""
    return {key: value for key, value in section.items() if value is not None}


def _block(section: Mapping[str, Any]) -> list[str]:
    return [f"  {key}: {flow(value)}" for key, value in _keys_with_value(section).items()]


def flow(value: Any) -> str:
    """A value as YAML in one line."""
    if isinstance(value, dict):
        inner = (
            f"{flow(key)}: {flow(element)}" for key, element in _keys_with_value(value).items()
        )
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else repr(value)
    if _PLAIN.fullmatch(value) and resolve(value) == value:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _LINE_BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)
