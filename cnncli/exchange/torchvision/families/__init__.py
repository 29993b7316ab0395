"""Families of torchvision's networks, found by scanning this folder: there is no list."""

from functools import cache

from cnncli.exchange.torchvision.family import Family
from cnncli.scan import modules


@cache
def families() -> tuple[Family, ...]:
    """All of them."""
    return tuple(
        value
        for module in modules(__name__)
        for value in vars(module).values()
        if isinstance(value, Family)
    )
