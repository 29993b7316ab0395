"""Parts of a configuration that are one of several kinds, chosen by name: `optimizer: sgd`.

A kind is a frozen dataclass whose fields are its schema and whose methods are its rule. It is
found by scanning the package of its base class: nothing else needs to know of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar, Union

from pydantic_core import CoreSchema
from pydantic_core.core_schema import no_info_before_validator_function

from cnncli.layers.constraints import Build, BuildJson, Json
from cnncli.layers.forms import any_case, either
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


class Named:
    """In an annotation `Annotated[A | B, Named()]`: one of them, written as its name or in full."""

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return no_info_before_validator_function(self.read, build(source))

    def read(self, value: Any) -> Any:
        """A bare name stands for a mapping with that name; names are lower case with hyphens."""
        if isinstance(value, str):
            value = {"name": value}
        if isinstance(value, dict) and isinstance(value.get("name"), str):
            value = value | {"name": value["name"].lower().replace("_", "-")}
        return value

    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """A name, or a mapping with it."""
        return _by_name(build(source)["anyOf"], {})


@dataclass(frozen=True)
class OneOf(Named):
    """In an annotation `Annotated[Base, OneOf(Base)]`: a kind, written as its name or in full."""

    base: type

    @property
    def union(self) -> Any:
        """The kinds, told apart by the field `name`."""
        members = tuple(kinds(self.base).values())
        return Union[members]  # noqa: UP007

    def __get_pydantic_core_schema__(self, source: Any, build: Build) -> CoreSchema:
        return super().__get_pydantic_core_schema__(self.union, build)

    def read(self, value: Any) -> Any:
        """The same, where a kind may go by other names too."""
        value = super().read(value)
        if isinstance(value, dict):
            for name, kind in kinds(self.base).items():
                if value.get("name") in kind.other_names:
                    value = value | {"name": name}
        return value

    def json_schema(self, source: Any, build: BuildJson) -> Json:
        """The same, where a kind may go by other names too."""
        others = {name: kind.other_names for name, kind in kinds(self.base).items()}
        return _by_name(build(self.union)["anyOf"], others)


def _by_name(sections: Iterable[Json], others: Mapping[str, Iterable[str]]) -> Json:
    """One of these sections, whose titles are their names, or its name alone, in any case.

    Of a mapping an editor then says what is wrong in it, and not that it is no name.
    """
    found = {section["title"]: section for section in sections}
    patterns = {name: _spelled((name, *others.get(name, ()))) for name in found}
    full = []
    for name, section in found.items():
        asked = {"anyOf": [{"const": name}, _matching([patterns[name]])]}
        full.append(section | {"properties": section["properties"] | {"name": asked}})
    known = _matching(patterns.values())
    written = {"if": {"type": "object"}, "then": {"anyOf": full}, "else": known}
    return either(written, {"enum": [*found]})


def _spelled(names: Iterable[str]) -> str:
    return "|".join(any_case(name).replace("-", "[-_]") for name in names)


def _matching(patterns: Iterable[str]) -> Json:
    return {"type": "string", "pattern": f"^(?:{'|'.join(patterns)})$"}
