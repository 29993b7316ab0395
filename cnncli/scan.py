"""Finds what a package holds by looking through its modules: there is no list."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")


def modules(package: str) -> Iterator[ModuleType]:
    """Every module of a package, by their names; packages in it are not looked into."""
    for found in iter_modules(import_module(package).__path__, f"{package}."):
        yield import_module(found.name)


def scan(package: str, base: type) -> list[type[Any]]:
    """Every subclass of `base` that a module of the package defines, abstract ones included.

    The order is the same in every process: modules by their names, but each after those whose
    classes it builds on; classes as they stand in their module.
    """
    seen: set[str] = set()
    found: dict[type, None] = {}

    def look(module: ModuleType) -> None:
        if module.__name__ in seen or not module.__name__.startswith(f"{package}."):
            return
        seen.add(module.__name__)
        values = list(vars(module).values())
        classes = [v for v in values if isinstance(v, type) and issubclass(v, base)]
        for one in classes:
            look(import_module(one.__module__))
        found.update((one, None) for one in classes if one.__module__ == module.__name__)

    for module in modules(package):
        look(module)
    return list(found)


def modules_with(package: str, word: str) -> Iterator[ModuleType]:
    """The modules of a package in whose source the word stands in quotes; no other is imported.

    Where there is no source, the module too.
    """
    places = _modules_by_word(package)
    for name in (*places.get(word, ()), *places[None]):
        yield import_module(name)


@cache
def _modules_by_word(package: str) -> dict[str | None, list[str]]:
    """Where what stands between two quotes is; None: modules without a source."""
    found: dict[str | None, list[str]] = {None: []}
    for module in iter_modules(import_module(package).__path__, f"{package}."):
        loader = getattr(find_spec(module.name), "loader", None)
        source = loader.get_source(module.name) if loader else None
        for word in (None,) if source is None else {*source.split('"')}:
            found.setdefault(word, []).append(module.name)
    return found


def register(found: dict[str, T], name: str, thing: T) -> None:
    """Notes what is found under its name. Raises TypeError where that is another's already."""
    if found.setdefault(name, thing) is not thing:
        raise TypeError(f"two things named {name}: {found[name]} and {thing}")
