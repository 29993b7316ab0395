"""Schemas that are built for pydantic's core, beside those that pydantic builds."""

import math
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
import pytest
from pydantic_core import ValidationError

from cnncli.config.data import DataSpec
from cnncli.config.limits import Limits
from cnncli.config.start import Start
from cnncli.config.train import EarlyStopping, Group, Rollback
from cnncli.layers import families
from cnncli.layers.constraints import AfterValidator, BeforeValidator, Field, PlainValidator
from cnncli.optim.averages import Average
from cnncli.optim.base import Optimizer
from cnncli.optim.losses import Loss
from cnncli.optim.schedules import Schedule
from cnncli.schema.core_schema import serializer, validator
from cnncli.schema.kinds import kinds
from cnncli.sweep.sweep_spec import Budget
from cnncli.transforms.augmentations import Augmentation
from cnncli.transforms.views import ViewChange

BASES = (Average, Optimizer, Loss, Schedule, Augmentation, ViewChange)
SCHEMAS = {
    *families().values(),
    *(kind for base in BASES for kind in kinds(base).values()),
    *(DataSpec, Limits, Start, EarlyStopping, Group, Rollback, Budget),
}
WRITTEN = (
    *(0, 1, 2, 3, -1, 255, 256, 2**63 - 1, 2**63, 10**30, True, False, None),
    *(0.0, 0.5, 1.0, 1.5, -0.5, 3.0, 1e-300, 1e308, math.inf, -math.inf, math.nan),
    *("", "3", "0x3", "3x5", "1e-3", "8x8x3", "same", "he", "max", "crop", "true", "5M", "1/2"),
    *("0..3", "cifar10", "depthwise", "global", "average", "a" * 5000, Path("a"), Path(""), b"ab"),
    *([], [1], [0.5, 0.25], ["a"], [None], (1, 2), (0.1, 0.2), {}, {"left": 1}, {"a": "b"}),
    *({"normal": 0.01}, {1: 2}, "flip", [{"crop": 4}], object),
)
"""Values of which each is one for some field, and none for most."""


def read(reader: Any, value: Any) -> Any:
    """What comes of it: a value, or all that our sentences on what is wrong are made of."""
    try:
        return reader.validate_python(value)
    except ValidationError as error:
        return [(e["loc"], e["type"], str(e.get("ctx"))) for e in error.errors(include_url=False)]


def needed(schema: Any) -> dict[str, Any]:
    """Something for each field that has no default."""
    there = {"name": "mnist", "run": "runs/a", "shape": "8x8x3", "K": 3, "lr": 0.1}
    empty = [f for f in fields(schema) if f.default is MISSING and f.default_factory is MISSING]
    return {field.name: there.get(field.name, 2) for field in empty}


@pytest.mark.parametrize("schema", sorted(SCHEMAS, key=lambda s: (s.__module__, s.__name__)))
def test_sections_are_read_as_by_pydantic(schema):
    ours, theirs = validator(schema), pydantic.TypeAdapter(schema)
    assert read(ours, needed(schema)) == read(theirs, needed(schema))
    for field in fields(schema):
        for value in WRITTEN:
            written = needed(schema) | {field.name: value}
            assert repr(read(ours, written)) == repr(read(theirs, written)), written
    assert read(ours, {"unheard": 1}) == read(theirs, {"unheard": 1})


@pytest.mark.parametrize("schema", sorted(SCHEMAS, key=lambda s: (s.__module__, s.__name__)))
def test_sections_are_written_as_by_pydantic(schema):
    theirs = pydantic.TypeAdapter(schema)
    for field in fields(schema):
        for value in WRITTEN:
            found = read(theirs, needed(schema) | {field.name: value})
            if isinstance(found, schema):
                ours = serializer(schema).to_python(found, mode="json", warnings=False)
                assert repr(ours) == repr(theirs.dump_python(found, mode="json", warnings=False))


@pytest.mark.parametrize(
    ("bare", "rules"),
    [
        (int, {"ge": 1}),
        (int, {"ge": 0, "lt": 2**63, "strict": True}),
        (float, {"gt": 0, "allow_inf_nan": False, "strict": True}),
        (float, {"ge": 0, "le": 1}),
        (tuple[float, ...], {"min_length": 1}),
    ],
)
def test_rules_are_those_of_pydantic(bare, rules):
    ours = validator(Annotated[bare, Field(**rules)])
    theirs = pydantic.TypeAdapter(Annotated[bare, pydantic.Field(**rules)])
    for value in WRITTEN:
        assert repr(read(ours, value)) == repr(read(theirs, value)), value


def half(value: Any) -> Any:
    """Raises ValueError for odd numbers."""
    if isinstance(value, int) and value % 2:
        raise ValueError("odd")
    return value / 2 if isinstance(value, int) else value


@pytest.mark.parametrize(
    "names",
    [
        ("BeforeValidator",),
        ("AfterValidator",),
        ("PlainValidator",),
        ("BeforeValidator", "AfterValidator"),
        ("AfterValidator", "BeforeValidator", "BeforeValidator"),
    ],
)
def test_functions_are_called_in_the_order_of_pydantic(names):
    own = {kind.__name__: kind for kind in (AfterValidator, BeforeValidator, PlainValidator)}
    ours, theirs = float, float
    for name in names:
        ours = Annotated[ours, own[name](half)]
        theirs = Annotated[theirs, getattr(pydantic, name)(half)]
    for value in WRITTEN:
        assert repr(read(validator(ours), value)) == repr(
            read(pydantic.TypeAdapter(theirs), value)
        ), value


def test_a_rule_that_cannot_hold_is_refused():
    """After a function, or for a type without sizes."""
    for annotation in (Annotated[float, AfterValidator(half)], str, Literal["a"]):
        with pytest.raises(TypeError, match="ge cannot stand after"):
            validator(Annotated[annotation, Field(ge=1)])
