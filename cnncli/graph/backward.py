"""What the backward pass must reach, and what a training step computes for it."""

from collections.abc import Iterable, Mapping

from .network import Graph, Node


def needs_dx(nodes: Iterable[Node]) -> frozenset[str]:
    """The nodes with something to train before them: their backward hands a gradient on."""
    needing: set[str] = set()
    trained: set[str] = set()
    for node in nodes:
        if trained.intersection(node.inputs):
            needing.add(node.name)
        if node.params or node.name in needing:
            trained.add(node.name)
    return frozenset(needing)


def training_macs(graph: Graph) -> Mapping[str, int]:
    """Multiply-adds of one image's training step, by node: forward, dW, and dx where needed."""
    needing = needs_dx(graph.nodes)
    return {node.name: node.cost.macs * (2 + (node.name in needing)) for node in graph.nodes}
