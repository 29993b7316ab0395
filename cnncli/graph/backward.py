"""What the backward pass must reach, and what a training step computes for it."""

from collections.abc import Iterable, Mapping, Sequence

from .network import Graph, Node


def trained_nodes(nodes: Iterable[Node], frozen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The nodes with parameters that are not all frozen. `frozen`: names like `conv1.W`."""
    return frozenset(
        node.name
        for node in nodes
        if any(f"{node.name}.{array}" not in frozen for array in node.params)
    )


def needs_dx(nodes: Sequence[Node], frozen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The nodes with something to train before them: their backward hands a gradient on."""
    needing: set[str] = set()
    reached = set(trained_nodes(nodes, frozen))
    for node in nodes:
        if reached.intersection(node.inputs):
            needing.add(node.name)
            reached.add(node.name)
    return frozenset(needing)


def training_macs(graph: Graph) -> Mapping[str, int]:
    """Multiply-adds of one image's training step, by node: forward, dW, and dx where needed."""
    needing = needs_dx(graph.nodes)
    return {node.name: node.cost.macs * (2 + (node.name in needing)) for node in graph.nodes}
