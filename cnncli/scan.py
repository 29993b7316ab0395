"""Finds the classes of a kind by looking through the modules of a package: there is no list."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def scan(package: str, base: type) -> list[type[Any]]:
    """Every subclass of `base` that a module of the package defines, abstract ones included.

    The order is the same in every process: modules by their names, but each after those whose
    classes it builds on; classes as they stand in their module.
    """
    seen: set[str] = set()
    found: dict[type, None] = {}

    def look(module: str) -> None:
        if module in seen or not module.startswith(f"{package}."):
            return
        seen.add(module)
        values = list(vars(import_module(module)).values())
        classes = [v for v in values if isinstance(v, type) and issubclass(v, base)]
        for one in classes:
            look(one.__module__)
        found.update((one, None) for one in classes if one.__module__ == module)

    for module in iter_modules(import_module(package).__path__, f"{package}."):
        look(module.name)
    return list(found)
