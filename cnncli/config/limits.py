"""The `limits:` section: what a network may cost at most."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Any

from cnncli.layers.constraints import BeforeValidator, Field, Written
from cnncli.layers.forms import any_case, matching
from cnncli.schema.kinds import Section

_UNITS = {"": 1, "b": 1}
_UNITS |= {f"{letter}ib": 1024**power for power, letter in enumerate("kmgt", 1)}
_UNITS |= {f"{letter}b": 1000**power for power, letter in enumerate("kmgt", 1)}
_COUNTS = {"k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
"""As networks are spoken of: 300k, 25M or 7B parameters, 4 GMACs; never powers of 1024."""
_SIZE = re.compile(r"\s*([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([a-z]*)\s*", re.IGNORECASE)


def _written(units: Iterable[str]) -> Written:
    """A whole number, or one with a unit."""
    known = "|".join(map(any_case, units))
    pattern = matching(rf"[0-9]{{1,18}}(?:\.[0-9]{{1,18}})?\s*(?:{known})")["pattern"]
    return Written({"type": ["integer", "string"], "minimum": 1, "pattern": pattern})


def _whole(value: Any) -> Any:
    """1e6 is a whole number too."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _count(value: Any) -> Any:
    """A count with a unit as the number that it stands for exactly, if that is whole."""
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match and (unit := _COUNTS.get(match[2].lower())):
        number = Fraction(match[1]) * unit
        return number.numerator if number.denominator == 1 else value
    return _whole(value)


Number = Annotated[
    int,
    BeforeValidator(_count),
    _written(_COUNTS),
    Field(ge=1, strict=True, title="a whole number of at least 1, or one with a unit, like 5M"),
]
"""`5000000`, `5M`, `1.5G`."""


def _bytes(value: Any) -> int:
    value = _whole(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    unit = _UNITS.get(match[2].lower()) if match else None
    size = int(Fraction(match[1]) * unit) if match and unit else 0
    if size < 1:
        raise ValueError("expected a number of bytes, or a size like 512 MiB or 2 GB")
    return size


Bytes = Annotated[
    int,
    BeforeValidator(_bytes),
    _written(_UNITS),
    Field(title="bytes, or a size like 512 MiB"),
]
"""`1048576`, `512 MiB`, `2 GB`."""


@dataclass(frozen=True, kw_only=True)
class Limits(Section):
    """What is counted by `cnn shapes`; going over is exit status 1."""

    parameters: Annotated[Number | None, Field(description="trained numbers")] = None
    macs: Annotated[Number | None, Field(description="multiply-adds of one image, forward")] = None
    training_macs: Annotated[
        Number | None, Field(description="multiply-adds of one image in a training step")
    ] = None
    activations: Annotated[
        Bytes | None, Field(description="every layer's output for one image, in bytes")
    ] = None
    train_memory: Annotated[
        Bytes | None, Field(description="memory of a training step at train.batch_size")
    ] = None
