"""Parts of a configuration that are one of several kinds, chosen by name: `optimizer: sgd`.

A kind is a frozen dataclass whose fields are its schema and whose methods are its rule. It is
found by scanning the package of its base class: nothing else needs to know of it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Union

from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function

from cnncli.layers.constraints import Build
from cnncli.scan import register, scan


class Section:
    """A mapping of a configuration, that has no other keys than its fields."""

    __pydantic_config__ = {"extra": "forbid"}


class Kind(Section):
    """What all kinds have in common. One without a `name` is abstract."""

    other_names: ClassVar[tuple[str, ...]] = ()


@cache
def kinds(base: type) -> dict[str, type[Any]]:
    """Every kind in the package of that base class, by its name."""
    found: dict[str, type[Any]] = {}
    for kind in scan(base.__module__.rpartition(".")[0], base):
        if name := getattr(kind, "name", None):
            register(found, name, kind)
    return found


def expand_name(value: Any) -> Any:
    """A bare name stands for a mapping with that name; names are lower case with hyphens."""
    if isinstance(value, str):
        value = {"name": value}
    if isinstance(value, dict) and isinstance(value.get("name"), str):
        value = value | {"name": value["name"].lower().replace("_", "-")}
    return value


@dataclass(frozen=True)
class OneOf:
    """In an annotation `Annotated[Base, OneOf(Base)]`: a kind, written as its name or in full."""

    base: type

    @property
    def union(self) -> Any:
        """The kinds, told apart by the field `name`."""
        members = tuple(kinds(self.base).values())
        return Union[members]  # noqa: UP007

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return no_info_before_validator_function(self._read, build(self.union))

    def _read(self, value: Any) -> Any:
        value = expand_name(value)
        if isinstance(value, dict):
            for name, kind in kinds(self.base).items():
                if value.get("name") in kind.other_names:
                    value = value | {"name": name}
        return value
