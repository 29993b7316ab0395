"""JSON Schemas of sections beside what reads them: what is read is accepted, in every form."""

import math
from dataclasses import fields
from typing import Annotated, Literal

import pytest
from jsonschema import Draft202012Validator

from cnncli.layers.constraints import (
    AfterValidator,
    BeforeValidator,
    Check,
    Field,
    PlainSerializer,
    PlainValidator,
    Written,
)
from cnncli.layers.forms import Shorthand
from cnncli.schema.core_schema import validator
from cnncli.schema.json_schema import build
from tests.schema.test_core_schema import SCHEMAS, WRITTEN, needed, read

KINDS = (int, float, str, bool, list, dict, type(None))
VALUES = [value for value in WRITTEN if type(value) in KINDS and value != {1: 2}]
"""Those that YAML can hold."""
NOT_TOLD = {
    ("DataSpec", "group"),
    ("DataSpec", "std"),
    ("Start", "skip"),
    ("RandomErasing", "least"),
    ("RandomErasing", "most"),
}
"""Fields whose values are looked at once more than a form can."""


def is_whole(value):
    """Whether JSON takes it for a whole number, or has no word for it."""
    return isinstance(value, float) and (value.is_integer() or not math.isfinite(value))


@pytest.mark.parametrize("schema", sorted(SCHEMAS, key=lambda s: (s.__module__, s.__name__)))
def test_what_is_read_is_accepted_and_little_else(schema):
    ours, theirs = validator(schema), Draft202012Validator(build(schema))
    for field in fields(schema):
        for value in VALUES:
            written = needed(schema) | {field.name: value}
            is_read, is_accepted = isinstance(read(ours, written), schema), theirs.is_valid(written)
            assert is_accepted or not is_read, written
            if (schema.__name__, field.name) not in NOT_TOLD and not is_whole(value):
                assert is_accepted == is_read, written
    assert not theirs.is_valid(needed(schema) | {"unheard": 1})


WHOLE = {"type": "integer"}


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (Annotated[int, Field(strict=True, ge=1)], WHOLE | {"minimum": 1}),
        (Annotated[int, Field(strict=True, gt=1)], WHOLE | {"exclusiveMinimum": 1}),
        (Annotated[int, Check(abs), AfterValidator(abs), PlainSerializer(str)], WHOLE),
        (Annotated[int, Shorthand(abs, {"const": "a"})], {"anyOf": [WHOLE, {"const": "a"}]}),
    ],
)
def test_what_the_type_accepts_is_accepted_in_front_of_some_functions(annotation, expected):
    assert build(annotation) == expected


@pytest.mark.parametrize("function", [BeforeValidator, PlainValidator])
def test_other_functions_may_take_anything(function):
    """If nothing says what they take."""
    assert build(Annotated[int, function(abs)]) == {}
    assert build(Annotated[int, function(abs), Field(description="a")] | None) == {
        "anyOf": [{}, {"type": "null"}]
    }
    written = Written({"enum": ["a"]})
    assert build(Annotated[int, function(abs), written]) == {"enum": ["a"]}


def test_types_of_which_nothing_is_known_accept_anything():
    assert build(bytes) == build(dict[str, int]) == {}
    assert build(tuple[Literal["a", "b"], ...]) == {"type": "array", "items": {"enum": ["a", "b"]}}
