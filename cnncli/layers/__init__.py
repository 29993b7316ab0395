"""Layer families, found by scanning this folder: there is no list."""

from functools import cache

from cnncli.scan import register, scan

from .base import Layer


@cache
def families() -> dict[str, type[Layer]]:
    """Every layer family by every name it has in a configuration (upper case)."""
    found: dict[str, type[Layer]] = {}
    for family in scan(__name__, Layer):
        for name in family.spelling.names if hasattr(family, "spelling") else ():
            register(found, name, family)
    return found
