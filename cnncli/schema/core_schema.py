"""From the annotations of dataclasses to schemas of pydantic's core.

As `pydantic.TypeAdapter` builds them, which takes a hundred modules for every type that there is.
"""

import types
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic_core import CoreSchema, SchemaSerializer, SchemaValidator, core_schema

from .describe import choices, hints

_PATH = core_schema.union_schema(
    [
        core_schema.is_instance_schema(Path),
        core_schema.no_info_after_validator_function(Path, core_schema.str_schema(strict=True)),
    ],
    custom_error_type="path_type",
    custom_error_message="Input is not a valid path",
)
_PLAIN: dict[Any, CoreSchema] = {
    Any: core_schema.any_schema(),
    bool: core_schema.bool_schema(),
    float: core_schema.float_schema(),
    int: core_schema.int_schema(),
    str: core_schema.str_schema(),
    Path: _PATH,
}


@cache
def validator(annotation: Any) -> SchemaValidator:
    """Reads values of a type."""
    return SchemaValidator(build(annotation))


@cache
def serializer(annotation: Any) -> SchemaSerializer:
    """Writes values of a type."""
    return SchemaSerializer(build(annotation))


def build(annotation: Any) -> CoreSchema:
    """The schema of a type."""
    if annotation in _PLAIN:
        return _PLAIN[annotation]
    if is_dataclass(annotation):
        return _section(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _annotated(*arguments)
    if origin is Literal:
        return core_schema.literal_schema(list(arguments))
    if origin is tuple:
        return core_schema.tuple_variable_schema(build(arguments[0]))
    if origin is dict:
        return core_schema.dict_schema(*map(build, arguments))
    if origin in (Union, types.UnionType):
        return _union(annotation)
    return core_schema.is_instance_schema(annotation)


def _annotated(annotation: Any, *metadata: Any) -> CoreSchema:
    """What stands last goes first at what is written."""
    if not metadata:
        return build(annotation)
    *inner, last = metadata
    schema: CoreSchema = last.__get_pydantic_core_schema__(
        annotation, lambda source: _annotated(source, *inner)
    )
    return schema


def _union(annotation: Any) -> CoreSchema:
    has_none = type(None) in get_args(annotation)
    if not has_none and (kinds := choices(annotation)):
        return core_schema.tagged_union_schema(
            {name: build(kind) for name, kind in kinds.items()}, "name"
        )
    members = [build(member) for member in get_args(annotation) if member is not type(None)]
    schema = members[0] if len(members) == 1 else core_schema.union_schema([*members])
    return core_schema.nullable_schema(schema) if has_none else schema


def _section(schema: Any) -> CoreSchema:
    known = hints(schema)
    own = [field for field in fields(schema) if field.init]
    parts = []
    for field in own:
        part = build(known[field.name])
        if field.default is not MISSING:
            part = core_schema.with_default_schema(part, default=field.default)
        elif field.default_factory is not MISSING:
            part = core_schema.with_default_schema(part, default_factory=field.default_factory)
        parts.append(core_schema.dataclass_field(field.name, part, kw_only=field.kw_only is True))
    name = schema.__name__
    return core_schema.dataclass_schema(
        schema,
        core_schema.dataclass_args_schema(name, parts),
        [field.name for field in own],
        post_init=hasattr(schema, "__post_init__"),
        config={"extra_fields_behavior": "forbid"},
    )
