"""The gradients of each layer of a network by itself, then of the network as a whole."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cnncli.engine.lone_layer import LoneLayer
from cnncli.graph.costs.totals import totals
from cnncli.graph.network import Graph
from cnncli.layers.base import Layer
from cnncli.optim.losses import Loss

from .central import Worst
from .layer_check import IMAGES, check_layer
from .network_check import check_network

NUMBERS = 5
"""Of each array that are looked at, in a layer and in the network; fewer where that takes long."""
MULTIPLY_ADDS = 60_000_000_000
"""For one layer, and for the network: some seconds. AlexNet takes as many for 7 numbers."""
PASSES = 4
"""Forward, for one number: two steps to both sides."""


class Finding(NamedTuple):
    """What was found of a layer, or of the whole network, whose name is then None."""

    layer: str | None
    worst: Worst


def check_every_layer(
    graph: Graph, loss: Loss, algorithms: Mapping[str, str], *, everything: bool, seed: int
) -> Iterator[Finding]:
    """A finding for each layer but INPUT, in the order of the file, and the network's at the end.

    everything: all numbers, else some of each array. Layers that are alike in everything are
    checked once.
    """
    seen: dict[tuple[Layer, object, str | None], Worst] = {}
    for node in graph.nodes:
        if not node.inputs:
            continue
        lone = LoneLayer(node.layer, node.in_shapes, algorithms.get(node.name), seed)
        alike = (lone.layer, lone.in_shapes, lone.algorithm)
        if alike not in seen:
            arrays = len(node.in_shapes) + len(node.params)
            most = max(_affordable(node.cost.macs) // arrays, 1)
            seen[alike] = check_layer(lone, None if everything else min(NUMBERS, most), seed)
        yield Finding(node.name, seen[alike].of(node.name))
    most = max(_affordable(totals(graph).macs), NUMBERS)
    count = None if everything else NUMBERS
    yield Finding(None, check_network(graph, loss, algorithms, count, seed, most))


def _affordable(macs: int) -> int:
    """How many numbers can be looked at, where a pass of one image takes so many."""
    return MULTIPLY_ADDS // (PASSES * IMAGES * max(macs, 1))
