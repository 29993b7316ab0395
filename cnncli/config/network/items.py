"""Layers as they are written, before defaults and validation; both forms of writing end here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cnncli.problems import Path, Place

from .names import Family

INPUT = "input"
"""The name of what goes into a block, and of the images in the network itself."""
BESIDE = ("name", "from")
"""Keys that stand beside a layer in a list, and in its parentheses in a pattern."""


@dataclass(frozen=True)
class Reference:
    """One entry of `from:`, a layer's name or how many layers back it stands (-1, -2)."""

    target: str | int
    place: Place


@dataclass(frozen=True)
class Written:
    """One layer: what it is and which hyperparameters are given; `family` None: not known."""

    kind: str
    family: Family | None
    path: Path
    place: Place
    in_pattern: bool
    values: Mapping[str, Any]
    places: Mapping[str, Place]
    name: str | None = None
    name_place: Place | None = None
    sources: tuple[Reference, ...] = ()
    """What it reads; empty: the layer before it."""
    is_wrong: bool = False
    """A problem of its text is reported already."""
    offset: int | None = None
    """Where it begins in the text of a pattern."""


@dataclass(frozen=True)
class Group:
    """Items that are repeated together; `place` is that of the repeat.

    numbered: a repeat is written, so that names inside get the number of their copy.
    """

    items: "Items"
    repeat: int
    place: Place
    path: Path
    numbered: bool = False


@dataclass(frozen=True)
class Use:
    """A block in the place of a layer: the block's layers, with its parameters filled in."""

    block: str
    items: "Items"
    path: Path
    place: Place
    in_pattern: bool
    name: str | None = None
    name_place: Place | None = None
    sources: tuple[Reference, ...] = ()


Items: TypeAlias = tuple[Written | Group | Use, ...]
