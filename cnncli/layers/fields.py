"""Types of hyperparameters, with the ways in which people write them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cnncli.bounds import MAX_INIT_STD
from cnncli.geometry import Extent, Padding, Volume

from .constraints import BeforeValidator, Check, Field, Json, PlainSerializer, Written
from .forms import VOLUME, any_case, either, extent, matching, word
from .meant import (
    Meant,
    check_whole,
    check_words,
    meant_extent,
    meant_init,
    meant_padding,
    meant_volume,
)

Fit = Literal["strict", "crop", "pad"]


@dataclass(frozen=True)
class Init:
    """How weights start: drawn by fan-in and fan-out or with a given std, or as a certain matrix.

    identity: filter k repeats channel k. orthogonal: filters at right angles. whitening: filters
    whose outputs are uncorrelated over patches of the training images, with variance 1.
    """

    name: Literal["he", "xavier", "normal", "identity", "orthogonal", "whitening"]
    std: float | None = None

    def __str__(self) -> str:
        return self.name if self.std is None else f"{self.name}({self.std:g})"


def _numbers(text: str) -> list[int] | None:
    parts = re.split(r"\s*[x×]\s*", text.strip().lower())
    are_numbers = all(re.fullmatch(r"[0-9]{1,18}", part) for part in parts)
    return [int(part) for part in parts] if are_numbers else None


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _extent(least: int, forms: str = "a whole number or WIDTHxHEIGHT") -> Callable[[Any], Extent]:
    def parse(value: Any) -> Extent:
        if isinstance(value, Extent):
            return value
        numbers = [value] if _is_whole(value) else None
        if isinstance(value, str):
            numbers = _numbers(value)
        if numbers is None or len(numbers) > 2:
            rule = f"expected {forms}, like 3 or 3x5"
            if (meant := meant_extent(value)) and min(meant[0]) >= least:
                raise Meant(rule, *meant)
            raise ValueError(rule)
        if min(numbers) < least:
            raise ValueError(f"must be at least {least}")
        return Extent(numbers[0], numbers[-1])

    return parse


def _pool_extent(value: Any) -> Extent | Literal["global"]:
    if isinstance(value, str) and value.strip().lower() == "global":
        return "global"
    if isinstance(value, str) and value.strip().lower() in ("max", "average", "avg"):
        raise ValueError("what a window yields is its mode, like mode: average")
    return _extent(1, "a whole number, WIDTHxHEIGHT or global")(value)


def _pool_mode(value: Any) -> Any:
    words = dict.fromkeys(("avg", "ave", "mean"), "average") | {"maximum": "max"}
    if isinstance(value, str) and value.strip().lower().startswith("global"):
        raise ValueError("the whole map is F: global; the mode is what it yields, like average")
    return check_words(words, value)


def parse_padding(value: Any) -> Padding | Literal["same"]:
    """A number, `WxH`, a mapping of sides, or `same`."""
    text = value.strip().lower() if isinstance(value, str) else ""
    if text == "same":
        return "same"
    if text == "causal":
        raise ValueError(
            "padding on the left alone is written {left: n}, with n = dilation*(F-1), or "
            "{top: n} where the maps are columns"
        )
    return _sides(value, "WIDTHxHEIGHT, same,")


def _sides(value: Any, forms: str = "WIDTHxHEIGHT") -> Padding:
    if isinstance(value, Padding):
        return value
    if isinstance(value, dict):
        unknown = [side for side in value if side not in Padding._fields]
        if unknown:
            raise ValueError(f"unknown side {unknown[0]!r}; sides are left, right, top, bottom")
        if not all(_is_whole(n) and n >= 0 for n in value.values()):
            raise ValueError("the padding of a side is a whole number, 0 or more")
        return Padding(**value)
    try:
        across, down = _extent(0)(value)
    except ValueError:
        rule = f"expected a whole number (0 or more), {forms} or sides like {{left: 1, right: 2}}"
        if (meant := meant_padding(value)) and min(meant[0]) >= 0:
            raise Meant(rule, *meant) from None
        raise ValueError(rule) from None
    return Padding(across, across, down, down)


def _group_count(value: Any) -> int | Literal["depthwise"]:
    if isinstance(value, str) and value.strip().lower() == "depthwise":
        return "depthwise"
    if _is_whole(value) and value >= 1:
        return int(value)
    raise ValueError("expected a whole number of at least 1, or depthwise")


def _volume(value: Any) -> Volume:
    if isinstance(value, Volume):
        return value
    numbers = _numbers(value) if isinstance(value, str) else None
    if numbers is None or len(numbers) != 3 or min(numbers) < 1:
        rule = "expected WIDTHxHEIGHTxDEPTH, like 32x32x3"
        if (meant := meant_volume(value)) and min(meant[0]) >= 1:
            raise Meant(rule, *meant)
        raise ValueError(rule)
    return Volume(*numbers)


def _init(*matrices: Literal["identity", "orthogonal", "whitening"]) -> Callable[[Any], Init]:
    """Reads an `init` that may be one of these too."""
    names: tuple[Literal["he", "xavier", "identity", "orthogonal", "whitening"], ...]
    names = ("he", "xavier", *matrices)

    def parse(value: Any) -> Init:
        """`he`, `xavier` (or `glorot`), `normal(0.01)` or `{normal: 0.01}`, `identity`."""
        if isinstance(value, Init):
            return value
        if isinstance(value, str):
            name = _USUAL_INITS.get(value.strip().lower(), value.strip().lower())
            for known in names:
                if name == known:
                    return Init(known)
            if match := re.fullmatch(r"normal\(\s*([0-9.eE+-]+)\s*\)", name):
                value = {"normal": match[1]}
        if isinstance(value, dict) and list(value) == ["normal"]:
            try:
                std = float(value["normal"])
            except (TypeError, ValueError):
                std = 0.0
            if MAX_INIT_STD < std < float("inf"):
                raise ValueError(f"expected normal(std) with a std of at most {MAX_INIT_STD:g}")
            if 0 < std < float("inf"):
                return Init("normal", std)
        rule = f"expected {', '.join(names)} or normal(std) with a positive std, like normal(0.01)"
        if meant := meant_init(value):
            raise Meant(rule, *meant)
        raise ValueError(rule)

    return parse


_USUAL_INITS = {"glorot": "xavier", "kaiming": "he", "dirac": "identity", "eye": "identity"}


_as_text = PlainSerializer(str)


def _write_padding(padding: Padding | str) -> Any:
    if isinstance(padding, str) or str(padding)[0] != "{":
        return str(padding)
    return padding._asdict()


_SIDE: Json = {"type": "integer", "minimum": 0}
_SIDES: Json = {
    "type": "object",
    "properties": dict.fromkeys(Padding._fields, _SIDE),
    "additionalProperties": False,
}


def _written_init(*matrices: str) -> Written:
    names = ("he", "xavier", *matrices)
    others = [other for other, name in _USUAL_INITS.items() if name in names]
    std = {"type": ["number", "string", "boolean"], "exclusiveMinimum": 0}
    with_std = {
        "type": "object",
        "properties": {"normal": std},
        "required": ["normal"],
        "additionalProperties": False,
    }
    drawn = matching(any_case("normal") + r"\(\s*[0-9.eE+-]+\s*\)")
    return Written(either(word(*names, others=others), drawn, with_std))


Count = Annotated[int, Check(check_whole), Field(ge=1, strict=True)]
"""A whole number, at least 1."""
WindowExtent = Annotated[Extent, BeforeValidator(_extent(1)), Written(extent(1)), _as_text]
"""`3`, or `3x5` with the width first."""
Offset = Annotated[Extent, BeforeValidator(_extent(0)), Written(extent(0)), _as_text]
"""`3`, or `0x5`, from the left first."""
WindowPadding = Annotated[
    Padding | Literal["same"],
    BeforeValidator(parse_padding),
    Written(either(extent(0), word("same"), _SIDES)),
    PlainSerializer(_write_padding),
]
"""`1`, `1x2`, `same`, or `{left: 1, right: 2, top: 1, bottom: 2}`."""
PoolExtent = Annotated[
    Extent | Literal["global"],
    BeforeValidator(_pool_extent),
    Written(either(extent(1), word("global"))),
    _as_text,
]
"""`3`, `3x5`, or `global` for the whole map."""
PoolMode = Annotated[
    Literal["max", "average", "L2"],
    Check(_pool_mode),
    Field(description="what a window yields"),
]
SidePadding = Annotated[
    Padding,
    BeforeValidator(lambda value: _sides(value)),
    Written(either(extent(0), _SIDES)),
    PlainSerializer(_write_padding),
]
"""`1`, `1x2`, or `{left: 1, right: 2, top: 1, bottom: 2}`."""
GroupCount = Annotated[
    int | Literal["depthwise"],
    BeforeValidator(_group_count),
    Written(either({"type": "integer", "minimum": 1}, word("depthwise"))),
    Field(
        description="groups that the channels and the filters are split into, each with its own; "
        "depthwise: as many as the input is deep, and as many filters, where K is not given"
    ),
]
"""`4`, or `depthwise` for as many as there are channels."""
VolumeSize = Annotated[Volume, BeforeValidator(_volume), Written(VOLUME), _as_text]
"""`32x32x3`."""
WeightInit = Annotated[
    Init,
    BeforeValidator(_init()),
    _written_init(),
    _as_text,
    Field(title="he, xavier or normal(std)"),
]
"""`he`, `xavier`, `normal(0.01)`."""
MatrixInit = Annotated[
    Init,
    BeforeValidator(_init("orthogonal")),
    _written_init("orthogonal"),
    _as_text,
    Field(title="he, xavier, orthogonal or normal(std)"),
]
FilterInit = Annotated[
    Init,
    BeforeValidator(_init("identity", "orthogonal", "whitening")),
    _written_init("identity", "orthogonal", "whitening"),
    _as_text,
    Field(title="he, xavier, identity, orthogonal, whitening or normal(std)"),
]
