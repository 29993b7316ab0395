"""One layer as PyTorch has it: an expression, and a module where it has weights."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from cnncli.exchange.by_family import ByFamily
from cnncli.lazy import Array

MODULE = "{module}"
"""Stands in an expression for the layer's module."""


class Variable(NamedTuple):
    """What a layer gives: (N, C, H, W), or (N, C) where it is flat."""

    name: str
    flat: bool = False

    @property
    def volume(self) -> str:
        """It as (N, C, H, W)."""
        return f"{self.name}[:, :, None, None]" if self.flat else self.name


class Statement(NamedTuple):
    """A line of `forward`, and what it needs.

    module: of nn, which has the arrays by its own names, of which `frozen` are not trained.
    helpers: functions and classes of `helpers.py` that the line uses.
    """

    expression: str
    flat: bool = False
    module: str | None = None
    arrays: Mapping[str, Array] = {}
    frozen: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()


Arrays: TypeAlias = Mapping[str, Array]
"""A layer's parameters and running arrays, by their short names."""
EXPRESSIONS: ByFamily[Callable[..., Statement]] = ByFamily(f"{__package__}.expressions")
"""Functions of a layer with its node and its arrays, and its inputs as variables."""
writes = EXPRESSIONS.writes


def call(function: str, *arguments: object, **options: object) -> str:
    """A call as it is written; options that are None are left out."""
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    return f"{function}({', '.join([*map(str, arguments), *given])})"


def pair(down: int, across: int, usual: int | None = None) -> Any:
    """Two numbers, one where they are equal; None where both are the usual one."""
    if down == across == usual:
        return None
    return down if down == across else (down, across)
