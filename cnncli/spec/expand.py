"""Repeats written out: from groups of layers to one chain."""

from cnncli.errors import Place

from .faults import Path
from .variables import MAX_LAYERS
from .written import Group, Written


class TooManyLayers(Exception):
    """The repeats make more layers than a network may have."""

    def __init__(self, group: Group, layers: int) -> None:
        super().__init__(f"the repeats make {layers:,} layers; at most {MAX_LAYERS:,} are allowed")
        self.place: Place = group.place
        self.path: Path = group.path


def count(item: Written | Group) -> int:
    """How many layers the item makes. Raises TooManyLayers at the innermost group at fault."""
    if isinstance(item, Written):
        return 1
    layers = item.repeat * sum(map(count, item.items))
    if layers > MAX_LAYERS:
        raise TooManyLayers(item, layers)
    return layers


def expand(item: Written | Group) -> list[Written]:
    """The chain of layers. Raises TooManyLayers before it is built."""
    count(item)
    return _chain(item)


def _chain(item: Written | Group) -> list[Written]:
    if isinstance(item, Written):
        return [item]
    if not item.repeat:
        return []
    return [layer for inner in item.items for layer in _chain(inner)] * item.repeat
