"""From the annotations of dataclasses to JSON Schema, for editors.

Beside `core_schema`, which builds what reads values: whatever that accepts is accepted here, too.
"""

import json
import types
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from cnncli.layers.constraints import Json
from cnncli.layers.forms import NULL, any_case, either

from .describe import choices, describe, description, hints, summary_text
from .validation import serialise, shortest

_SWITCH = ("true", "false", "on", "off", "yes", "no", "t", "f", "y", "n", "1", "0")
_PLAIN: dict[Any, Json] = {
    bool: {
        "type": ["boolean", "string", "integer"],
        "pattern": f"^(?:{'|'.join(map(any_case, _SWITCH))})$",
        "minimum": 0,
        "maximum": 1,
    },
    float: {"type": "number"},
    int: {"type": "integer"},
    str: {"type": "string"},
    Path: {"type": "string"},
}


def build(annotation: Any) -> Json:
    """What may be written for a type; anything, where that is not known."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if is_dataclass(annotation):
        return _section(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(*arguments)
    if origin is Literal:
        return {"enum": [*arguments]}
    if origin is tuple:
        return {"type": "array", "items": build(arguments[0])}
    if origin in (Union, types.UnionType):
        return _union(annotation)
    return {}


def _annotated(annotation: Any, *metadata: Any) -> Json:
    """What stands last goes first at what is written."""
    if not metadata:
        return build(annotation)
    *inner, last = metadata
    schema: Json = last.json_schema(annotation, lambda source: _annotated(source, *inner))
    return schema


def _union(annotation: Any) -> Json:
    has_none = type(None) in get_args(annotation)
    if not has_none and (kinds := choices(annotation)):
        return {"anyOf": [_kind(name, kind) for name, kind in kinds.items()]}
    members = [NULL if each is type(None) else build(each) for each in get_args(annotation)]
    return either(*members)


def _kind(name: str, kind: Any) -> Json:
    """A section that is chosen by its name, which stands in it."""
    section = _section(kind)
    return section | {"title": name, "required": ["name", *section["required"]]}


def _section(schema: Any) -> Json:
    found = properties(schema)
    return {
        "type": "object",
        "description": summary_text(schema),
        "properties": found,
        "required": [field.name for field in fields(schema) if field.init and _is_needed(field)],
        "additionalProperties": False,
    }


def _same(schema: Json) -> Json:
    return schema


def properties(schema: Any, adapt: Callable[[Json], Json] = _same) -> dict[str, Json]:
    """What may be written for each key of a section, what it means, and its default.

    adapt: makes of what is written for a value what may stand there.
    """
    known = hints(schema)
    return {
        field.name: _property(field, known[field.name], adapt)
        for field in fields(schema)
        if field.init
    }


def _property(field: "Field[Any]", annotation: Any, adapt: Callable[[Json], Json]) -> Json:
    said, accepted = description(annotation), describe(annotation)
    written = _explained(build(annotation), f"must be {accepted}")
    about: Json = {}
    if field.default not in (MISSING, None):
        default = about["default"] = shortest(serialise(annotation, field.default))
        accepted += f"; default {json.dumps(default)}".replace('"', "")
    about["description"] = f"{said} ({accepted})" if said else accepted
    return adapt(written) | about


def _explained(schema: Json, message: str) -> Json:
    """The same with what editors say in the place of a regular expression."""
    if "anyOf" in schema:
        return schema | {"anyOf": [_explained(member, message) for member in schema["anyOf"]]}
    if "else" in schema:
        return schema | {"else": _explained(schema["else"], message)}
    return schema | {"patternErrorMessage": message} if "pattern" in schema else schema


def _is_needed(field: "Field[Any]") -> bool:
    return field.default is MISSING and field.default_factory is MISSING
