"""Repeats and blocks written out: from groups of layers to one row, each layer with its name."""

from cnncli.errors import Place

from .faults import Faults, Path
from .references import Network, Placed, Scope, report_open
from .variables import MAX_LAYERS
from .written import Group, Items, Use, Written


class TooManyLayers(Exception):
    """The repeats make more layers than a network may have."""

    def __init__(self, item: Group | Use, layers: int) -> None:
        what = "repeats make" if isinstance(item, Group) else "blocks make"
        super().__init__(f"the {what} {layers:,} layers; at most {MAX_LAYERS:,} are allowed")
        self.place: Place = item.place
        self.path: Path = item.path


def expand(whole: Group, faults: Faults) -> list[Placed]:
    """The network's layers in order, named, and with the names of what they read.

    Raises TooManyLayers before they are built. Faults of references are reported; `inputs` is
    then None.
    """
    _count(whole, {})
    network = Network(faults)
    _place((whole,), Scope(network))
    report_open(network)
    return network.layers


def _count(item: Written | Group | Use, counted: dict[int, int]) -> int:
    """How many layers the item makes. Raises TooManyLayers at the innermost item at fault.

    `counted` holds what is known of items, by identity: uses of a block share theirs.
    """
    if isinstance(item, Written):
        return 1
    if id(item.items) not in counted:
        counted[id(item.items)] = sum(_count(inner, counted) for inner in item.items)
    layers = counted[id(item.items)] * (item.repeat if isinstance(item, Group) else 1)
    if layers > MAX_LAYERS:
        raise TooManyLayers(item, layers)
    return layers


def _place(items: Items, scope: Scope) -> None:
    for item in items:
        if isinstance(item, Written):
            scope.add_layer(item)
        elif isinstance(item, Use):
            inner = scope.open_block(item)
            _place(item.items, inner)
            scope.close_block(item, inner)
        elif not item.numbered:
            _place(item.items, scope)
        elif item.items:
            for number in range(1, item.repeat + 1):
                _place(item.items, scope.copy(number))
