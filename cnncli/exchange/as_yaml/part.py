"""A layer of a network that is to be written."""

from collections.abc import Mapping
from typing import NamedTuple

from cnncli.layers.base import Layer
from cnncli.lazy import Array


class Part(NamedTuple):
    """A layer, what it reads, and its arrays by their short names."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    arrays: Mapping[str, Array]
