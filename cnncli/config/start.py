"""The trained network that a run begins with, and how its names become those of this one."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from cnncli.bounds import MAX_NAME, MAX_NAMES
from cnncli.layers.constraints import AfterValidator, Field, PlainValidator, Written
from cnncli.layers.forms import Shorthand
from cnncli.schema.kinds import Section
from cnncli.schema.path_types import GivenPath
from cnncli.text import count, show

FORMS = "a run, a checkpoint, or a mapping with the keys run, rename, skip and normalise"
_RENAMES = "names there and names here, like {'old.*': 'new.*'}"
Renames: TypeAlias = dict[str, str]
_NAME = {"type": "string", "minLength": 1}
_MAPPING = Written({"type": "object", "additionalProperties": _NAME, "minProperties": 1})


def _read_renames(value: Any) -> Renames:
    """A section's renames. Raises ValueError where they are none."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f"expected {_RENAMES}")
    for old, new in value.items():
        if not isinstance(new, str) or not old or not new:
            raise ValueError(f"expected {_RENAMES}")
        stars, here = old.count("*"), new.count("*")
        if stars != here:
            raise ValueError(
                f"{show(old)} has {stars} *, and {show(new)} has {here}; what each * stands for "
                "there takes the place of one here"
            )
    _check_names((*value, *value.values()))
    return value


def _check_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names. Raises ValueError for more, or longer ones, than are looked for."""
    if len(names) > MAX_NAMES:
        raise ValueError(f"{count(len(names), 'name')}; at most {MAX_NAMES} are allowed")
    if any(len(name) > MAX_NAME for name in names):
        raise ValueError(f"a name has more than {MAX_NAME} characters")
    return names


def _list(value: Any) -> Any:
    """One name stands for a list of one."""
    return (value,) if isinstance(value, str) else value


@dataclass(frozen=True, kw_only=True)
class Start(Section):
    """A trained network whose arrays a run begins with, where their names and shapes fit.

    Names are those of arrays, like conv1.W, or of layers, for all their arrays; * stands for any
    letters.
    """

    run: Annotated[
        GivenPath,
        Field(description="a run's folder (its best network, or its last), or a checkpoint"),
    ]
    rename: Annotated[
        Annotated[Renames, PlainValidator(_read_renames), _MAPPING] | None,
        Field(
            title="a mapping of names to names",
            description="names there by which to look here, like {'old.*': 'new.*'}; of several "
            "that fit a name the first holds",
        ),
    ] = None
    skip: Annotated[
        Annotated[
            tuple[str, ...],
            Shorthand(_list, {"type": "string"}),
            AfterValidator(_check_names),
        ],
        Field(
            title="a name, or a list of names",
            description="what starts anew all the same: names here, or kinds of layers like BN",
        ),
    ] = ()
    normalise: Annotated[
        Literal["start", "data"],
        Field(
            description="whose mean and deviation images are normalised by, where data.mean and "
            "data.std do not say: those that the start was trained with, or this set's"
        ),
    ] = "start"

    def name_here(self, name: str) -> tuple[str, str | None]:
        """What an array of the start, like `old.W`, is called here, and by which of the renames."""
        layer, dot, array = name.rpartition(".")
        for old, pattern, new in self._patterns:
            for whole, rest in ((name, ""), (layer, dot + array)):
                if found := pattern.fullmatch(whole):
                    first, *others = new.split("*")
                    filled = zip(found.groups(), others, strict=True)
                    return first + "".join(map("".join, filled)) + rest, old
        return name, None

    @cached_property
    def _patterns(self) -> list[tuple[str, re.Pattern[str], str]]:
        return [(old, _pattern(old), new) for old, new in (self.rename or {}).items()]


def _pattern(name: str) -> re.Pattern[str]:
    """A group for each *, of as few letters as will do but in the last: found without going back.

    So that no name makes it slow.
    """
    first, *others = map(re.escape, name.split("*"))
    inner = "".join(f"(?>(.*?){part})" for part in others[:-1])
    return re.compile(first + inner + (f"(.*){others[-1]}" if others else ""), re.DOTALL)


def read_short(value: Any) -> Any:
    """A path alone stands for a mapping with that run."""
    return {"run": value} if isinstance(value, str) else value
