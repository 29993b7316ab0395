"""Which of a layer's algorithms computes each node, for a whole run."""

from typing import Literal

from cnncli.engine.parallel.blas import machine_profile
from cnncli.graph.network import Graph
from cnncli.kernels.conv.profiles import Profile

Kernels = Literal["auto", "direct", "winograd", "measured"]
"""By the layers' models of costs, one algorithm wherever it can be had, or by the clock."""


def ways(graph: Graph, images: int, profile: Profile) -> dict[str, tuple[str, ...]]:
    """The algorithms of every node that has several, the one that is expected to be fastest first.

    For shards of so many images.
    """
    found = {
        node.name: node.layer.algorithms(node.in_shapes, images, profile) for node in graph.nodes
    }
    return {name: names for name, names in found.items() if len(names) > 1}


def choose(
    graph: Graph, kernels: Kernels, images: int, profile: Profile | None = None
) -> dict[str, str]:
    """The algorithm of every node that has several, for shards of so many images.

    profile: None: of this machine. Without a clock `measured` is what the models expect, `auto`.
    """
    # the first of that kind (`winograd` and `winograd-columns` are one), or the first of all
    return {
        name: next((way for way in names if way.split("-")[0] == kernels), names[0])
        for name, names in ways(graph, images, profile or machine_profile()).items()
    }
