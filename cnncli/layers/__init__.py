"""Layer families, found by scanning this folder: there is no list."""

from functools import cache, lru_cache

from cnncli.scan import modules_with, register, scan

from .base import Layer


@lru_cache(2**10)
def find_family(name: str) -> type[Layer] | None:
    """The family of a name in upper case; only files in which the name stands are imported."""
    for module in modules_with(__name__, name):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Layer) and name in _names(found):
                return found
    return None


@cache
def families() -> dict[str, type[Layer]]:
    """Every layer family by every name it has in a configuration (upper case)."""
    found: dict[str, type[Layer]] = {}
    for family in scan(__name__, Layer):
        for name in _names(family):
            register(found, name, family)
    return found


def _names(family: type[Layer]) -> tuple[str, ...]:
    """None of a base class."""
    return family.spelling.names if hasattr(family, "spelling") else ()
