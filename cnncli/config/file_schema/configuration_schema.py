"""The JSON Schema of a configuration: its sections, and the architecture by what else there is."""

from cnncli.bounds import MAX_VARIABLES
from cnncli.config.data import DataSpec
from cnncli.config.limits import Limits
from cnncli.config.sections import NAMED_SECTIONS, TOP_LEVEL
from cnncli.config.train import TrainSpec
from cnncli.layers.constraints import Json
from cnncli.layers.fields import Fit
from cnncli.layers.forms import NULL, either
from cnncli.schema.json_schema import build

from .architecture_schema import (
    PLAIN,
    WITH_BLOCKS,
    WITH_VARIABLES,
    Layers,
    blocks_section,
    sequence_definitions,
)
from .layer_schema import defaults_section, layer_definitions
from .spellings import FILE_NAME

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def configuration_schema() -> Json:
    """What a file may hold. It accepts every configuration, and refuses what can be told by form.

    What depends on other values cannot: whether a name is known, a layer fits, a list is as long
    as the network. Only where there are variables, or blocks, a text may be the name of one.
    """
    sections = _sections()
    return {
        "$schema": DIALECT,
        "title": "configuration of cnncli",
        "type": "object",
        "properties": {
            key: {"description": meaning} | sections[key] for key, meaning in TOP_LEVEL.items()
        },
        "additionalProperties": False,
        "anyOf": [{"required": ["architecture"]}, {"required": ["blocks"]}],
        "if": {"required": ["blocks"]},
        "then": _network(WITH_BLOCKS),
        "else": {
            "if": {"required": ["variables"]},
            "then": _network(WITH_VARIABLES),
            "else": _network(PLAIN),
        },
        "$defs": sequence_definitions() | layer_definitions(),
    }


def _network(layers: Layers) -> Json:
    return {
        "properties": {
            "architecture": layers.sequence,
            "defaults": defaults_section(layers.names),
        }
    }


def _sections() -> dict[str, Json]:
    data = build(DataSpec)
    return {
        "name": {"type": ["string", "null"], "pattern": FILE_NAME},
        "data": either(data["properties"]["name"], data),
        "architecture": {},
        "defaults": {},
        "blocks": blocks_section(),
        "variables": {"type": ["object", "null"], "maxProperties": MAX_VARIABLES},
        "fit": build(Fit),
        "train": either(_train(), NULL),
        "limits": either(build(Limits), NULL),
    }


def _train() -> Json:
    """The section, where keys without a name change the default kind of a part."""
    section = build(TrainSpec)
    parts = section["properties"]
    unnamed = {name: _unnamed(parts[name]) for name in NAMED_SECTIONS if "default" in parts[name]}
    return section | {"properties": parts | unnamed}


def _unnamed(part: Json) -> Json:
    written, *names = part["anyOf"]
    kinds = [_without_name(kind, part["default"]["name"]) for kind in written["then"]["anyOf"]]
    return part | {"anyOf": [written | {"then": {"anyOf": kinds}}, *names]}


def _without_name(kind: Json, default: str) -> Json:
    if kind["title"] != default:
        return kind
    return kind | {"required": [key for key in kind["required"] if key != "name"]}
