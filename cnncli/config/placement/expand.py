"""Repeats and blocks written out: from groups of layers to one row, each layer with its name."""

from collections.abc import Callable

from cnncli.bounds import MAX_INPUTS, MAX_LAYERS
from cnncli.config.network.block_use import BlockUse, Group, Items
from cnncli.config.network.origins import Frame
from cnncli.config.network.written import Written, WrittenLayer

from .references import Network, Scope
from .unanswered import report_open


class TooManyLayers(Exception):
    """The repeats make more layers, or more inputs of layers, than a network may have."""

    def __init__(self, item: Group | BlockUse, made: str, most: int) -> None:
        what = "repeats make" if isinstance(item, Group) else "blocks make"
        super().__init__(f"the {what} {made}; at most {most:,} are allowed")
        self.place, self.path = item.place, item.path


def expand(whole: Group, frame: Frame, network: Network) -> None:
    """The network's layers in order, named, and with the names of what they read.

    frame: what the names of variables stand for.
    Raises TooManyLayers before they are built. Problems of references are reported; `inputs` is
    then None.
    """
    layers = _Count(lambda item: 1, "layers", MAX_LAYERS)
    layers.of(whole)
    _Count(lambda item: len(item.sources), "inputs", MAX_INPUTS).of(whole)
    _place((whole,), Scope(network, frame), layers)
    report_open(network)


class _Count:
    """Adds up a number of every layer, and of every use of a block, through all repeats."""

    def __init__(self, number: Callable[[Written], int], what: str, most: int) -> None:
        self._number, self._what, self._most = number, what, most
        self._known: dict[int, int] = {}

    def of(self, item: WrittenLayer | Group | BlockUse) -> int:
        """The sum of an item. Raises TooManyLayers at the innermost item that does.

        What is known of items is kept by identity: uses of a block share theirs.
        """
        if isinstance(item, WrittenLayer):
            return self._number(item)
        if id(item.items) not in self._known:
            self._known[id(item.items)] = sum(self.of(inner) for inner in item.items)
        found = self._known[id(item.items)]
        # A block that is empty counts too: it has a name, and takes its time.
        found = found * item.repeat if isinstance(item, Group) else max(found, self._number(item))
        if found > self._most:
            raise TooManyLayers(item, f"{found:,} {self._what}", self._most)
        return found


def _place(items: Items, scope: Scope, layers: _Count) -> None:
    for item in items:
        if isinstance(item, WrittenLayer):
            scope.add_layer(item)
        elif isinstance(item, BlockUse):
            if inner := scope.open_block(item):
                _place(item.items, inner, layers)
                scope.close_block(item, inner)
        elif scope.leave_out(item):
            continue
        elif not item.numbered:
            _place(item.items, scope, layers)
        elif layers.of(item):
            for number in range(1, item.repeat + 1):
                _place(item.items, scope.copy(number), layers)
