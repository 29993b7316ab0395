"""What stands beside the type of a hyperparameter in `Annotated`: bounds, words, conversions.

They speak pydantic's protocol (`__get_pydantic_core_schema__`) without its modules, whose import
takes longer than reading a file. `json_schema` says the same to editors, as JSON Schema.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypedDict, Unpack

from pydantic_core import CoreSchema, core_schema

Build = Callable[[Any], CoreSchema]
"""From a type to its schema."""
Json: TypeAlias = dict[str, Any]
"""A JSON Schema: what may be written."""
BuildJson = Callable[[Any], Json]


class Rules(TypedDict, total=False):
    """Bounds of a number, and the least length of a list.

    strict: texts and booleans are not taken for numbers.
    """

    ge: float
    gt: float
    le: float
    lt: float
    strict: bool
    allow_inf_nan: bool
    min_length: int


_KEYWORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "min_length": "minItems",
}
"""Rules that JSON Schema has too."""


class Field:
    """Rules for the value, and words for people.

    title: what is accepted, where type and rules do not say it. description: what the value means.
    """

    def __init__(
        self, *, title: str | None = None, description: str = "", **rules: Unpack[Rules]
    ) -> None:
        self.title = title
        self.description = description
        self.rules = rules

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return _tighten(build(source), self.rules) if self.rules else build(source)

    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """What is written within the rules."""
        limits = {_KEYWORDS[rule]: v for rule, v in self.rules.items() if rule in _KEYWORDS}
        return build(source) | limits


def _tighten(schema: Any, rules: Rules) -> Any:
    """The schema with rules for the value itself, behind its conversion from what is written."""
    if schema["type"] == "function-before":
        return {**schema, "schema": _tighten(schema["schema"], rules)}
    if schema["type"] not in ("int", "float", "tuple"):
        raise TypeError(f"{', '.join(rules)} cannot stand after {schema['type']}")
    return {**schema, **rules}


class _Function:
    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.function = function

    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """What the type accepts is written."""
        return build(source)


class _Reader(_Function):
    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """Anything: a Written behind the function says what it takes."""
        return {}


class BeforeValidator(_Reader):
    """Makes of what is written what the type accepts. Raises ValueError where it cannot."""

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.function, build(source))


class Check(_Function):
    """Gives what is written back as it is, or raises ValueError, with words of its own."""

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.function, build(source))


class AfterValidator(_Function):
    """Goes on from a value of the type. Raises ValueError where it is none of those meant."""

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.function, build(source))


class PlainValidator(_Reader):
    """Makes the value of what is written by itself. Raises ValueError where it cannot."""

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.function)


class PlainSerializer(_Function):
    """Writes the value."""

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        write = core_schema.plain_serializer_function_ser_schema(self.function)
        return {**build(source), "serialization": write}


class Written:
    """What is written where a function makes the value of it; stands behind that function."""

    def __init__(self, schema: Json) -> None:
        self.schema = schema

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return build(source)

    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """That, and nothing of what the type would accept."""
        return self.schema
