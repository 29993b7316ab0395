"""Elements of a list that are written `flip`, `{crop: 4}` or in full, `{crop: {pad: 4}}`."""

from dataclasses import dataclass, fields
from typing import Any

from pydantic_core import CoreSchema
from pydantic_core.core_schema import (
    no_info_plain_validator_function,
    plain_serializer_function_ser_schema,
)

from cnncli.layers.constraints import Build, BuildJson, Json
from cnncli.layers.forms import NULL, either
from cnncli.text import join_words

from .kinds import kinds
from .validation import serialise, validate


@dataclass(frozen=True)
class ShortForm:
    """In an annotation `Annotated[Base, ShortForm(Base, "noun")]`: a kind in one of these forms.

    A value without a key is that of the first field.
    """

    base: type
    noun: str

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        write = plain_serializer_function_ser_schema(self.write)
        return no_info_plain_validator_function(self.read, serialization=write)

    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """A name where nothing must be set, or one name with its settings."""
        sections = {name: build(kind) for name, kind in kinds(self.base).items()}
        return either(
            {"enum": [name for name, section in sections.items() if not section["required"]]},
            {
                "type": "object",
                "properties": {name: _settings(section) for name, section in sections.items()},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            },
        )

    def read(self, value: Any) -> Any:
        """One of the kinds. Raises ValueError where the value is none."""
        known = kinds(self.base)
        if type(value) in known.values():
            return value
        if isinstance(value, str):
            value = {value: None}
        if not isinstance(value, dict) or len(value) != 1:
            raise ValueError(f"expected {self.title}")
        ((name, setting),) = value.items()
        if name not in known:
            raise ValueError(f"unknown {self.noun} '{name}'; there are {join_words(known)}")
        kind = known[name]
        names = [field.name for field in fields(kind)]
        if not names and setting not in (None, {}):
            raise ValueError(f"{name} has no settings")
        if not isinstance(setting, dict):
            setting = {} if setting is None else {names[0]: setting}
        read, problems = validate(kind, setting, name)
        if problems:
            raise ValueError(problems[0].message)
        return read

    def write(self, value: Any) -> Any:
        """As it is read, and as short as that can be."""
        settings = serialise(type(value), value)
        if not settings:
            return value.name
        first, *others = fields(value)
        are_usual = all(getattr(value, field.name) == field.default for field in others)
        return {value.name: settings[first.name] if are_usual else settings}

    @property
    def title(self) -> str:
        """`flip, crop, {flip: p} or {crop: pad}`."""
        known = kinds(self.base)
        firsts = [(name, field) for name, kind in known.items() for field in fields(kind)[:1]]
        settings = [f"{{{name}: {first.name}}}" for name, first in firsts]
        return join_words([*known, *settings], "or")


def _settings(section: Json) -> Json:
    """A mapping of a kind's settings, the value of the first one, or nothing."""
    first = [*section["properties"].values()][:1]
    nothing = [] if section["required"] else [NULL]
    about = {"description": section["description"]}
    return about | either(section, *first, *nothing)
