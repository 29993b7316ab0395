"""How many bytes a layer must move between memory and a core, counted from shapes alone."""

from collections.abc import Mapping
from typing import NamedTuple

from cnncli.graph.backward import needs_dx, trained_nodes
from cnncli.graph.fusion import execution_order
from cnncli.graph.network import FLOAT, Graph, Node


class Traffic(NamedTuple):
    """Bytes read and written by a layer's two passes."""

    forward: int
    backward: int


def traffic(graph: Graph, images: int, *, training: bool) -> Mapping[str, Traffic]:
    """The least that each layer moves for so many images, up to the class scores.

    Whatever it works on counts once, as if a core kept it for as long as it is needed. Forward
    reads its inputs and parameters, and writes its output and what is kept for backward besides.
    Backward reads the gradient of the output, what was kept, and the parameters where it hands a
    gradient on; it writes that one and those of its parameters. What takes no new memory is not
    moved. The layers are those that are computed: a function behind the maximum works on less.
    """
    last = graph.nodes.index(graph.by_name[graph.scores])
    nodes = execution_order(graph.nodes[: last + 1])
    needing, trained = needs_dx(nodes), trained_nodes(nodes)
    return {
        node.name: Traffic(
            _forward(node, images, training),
            _backward(node, images, node.name in needing, node.name in trained) if training else 0,
        )
        for node in nodes
    }


def _forward(node: Node, images: int, training: bool) -> int:
    if "y" in node.memory.in_place or not node.inputs or (node.layer.is_for_training > training):
        return 0
    of_image = FLOAT * (_inputs(node) + node.out_shape.size)
    kept = node.memory.cache_bytes if training else 0
    return images * (of_image + kept) + FLOAT * (node.parameters + node.running)


def _backward(node: Node, images: int, hands_on: bool, is_trained: bool) -> int:
    """hands_on: to the layers before it. is_trained: it has parameters with a gradient."""
    if not (hands_on or is_trained):
        return 0
    memory, x, y = node.memory, _inputs(node), node.out_shape.size
    numbers = x * ("x" in memory.keeps) + y * ("y" in memory.keeps)
    if "dx" not in memory.in_place:
        numbers += y + x * hands_on
    parameters = node.parameters * (hands_on + is_trained)
    return images * (FLOAT * numbers + memory.cache_bytes) + FLOAT * parameters


def _inputs(node: Node) -> int:
    return sum(volume.size for volume in node.in_shapes)
