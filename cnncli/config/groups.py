"""The elements of `train.groups`: parameters that are trained otherwise than the rest."""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from cnncli.schema.fields_of_numbers import NotNegative, Positive


def _names(value: Any) -> Any:
    """One name stands for a list of one."""
    return (value,) if isinstance(value, str) else value


MAX_NAMES = 100
"""In all groups: each is looked for in the whole network."""
_LONGEST = 250


def few_names(groups: "tuple[Group, ...]") -> "tuple[Group, ...]":
    """The groups. Raises ValueError for more names, or longer ones, than are looked for."""
    names = [name for group in groups for name in (*group.layers, *(group.arrays or ()))]
    if len(names) > MAX_NAMES:
        raise ValueError(f"{len(names):,} names; at most {MAX_NAMES} are allowed in all groups")
    if any(len(name) > _LONGEST for name in names):
        raise ValueError(f"a name has more than {_LONGEST} characters")
    return groups


Names = Annotated[
    tuple[str, ...],
    BeforeValidator(_names),
    Field(min_length=1, title="a name, or a list of names"),
]


@dataclass(frozen=True, kw_only=True)
class Group:
    """Parameters with a learning rate or a weight decay of their own, or for some epochs only.

    Of several groups that name the same array the last one holds.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    layers: Annotated[
        Names, Field(description="names of layers, with * for any letters, or kinds like BN")
    ] = ("*",)
    arrays: Annotated[
        Names | None, Field(description="which of their arrays, like W or b; default: all")
    ] = None
    lr: Annotated[NotNegative, Field(description="factor of the learning rate")] = 1.0
    weight_decay: Annotated[
        NotNegative | None,
        Field(description="instead of the optimizer's, for biases and normalisation too"),
    ] = None
    after: Annotated[
        NotNegative, Field(description="epochs for which they stay as they are at first")
    ] = 0.0
    until: Annotated[
        Positive | None, Field(description="epochs after which they change no more")
    ] = None
