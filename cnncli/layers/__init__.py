"""Layer families, found by scanning this folder: there is no list."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from .base import Layer


@cache
def families() -> dict[str, type[Layer]]:
    """Every layer family by every name it has in a configuration (upper case)."""
    found: dict[str, type[Layer]] = {}
    for module in iter_modules(__path__, f"{__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Layer) and hasattr(value, "spelling"):
                for name in value.spelling.names:
                    assert found.setdefault(name, value) is value, f"two families named {name}"
    return found
