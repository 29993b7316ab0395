"""How nodes are computed, where that is not one by one in the order in which they are written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from .network import Node


def as_computed(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes, with a maximum before a non-decreasing function that is written before it.

    The largest of max(0, x) is max(0, the largest x), bit by bit, and its gradient goes the same
    way. So RELU - POOL is computed as POOL - RELU: the function has fewer numbers to work on, and
    its larger output is never written. The two change places in the list; all others keep theirs.
    """
    index = {node.name: i for i, node in enumerate(nodes)}
    readers = Counter(name for node in nodes for name in node.inputs)
    ordered = list(nodes)
    now = {node.name: node.name for node in nodes}
    for node in nodes[:-1]:
        if not node.layer.is_maximum() or readers[node.inputs[0]] > 1:
            continue
        at = index[node.inputs[0]]
        function = ordered[at]
        if not function.layer.is_non_decreasing():
            continue
        out = (node.out_shape,)
        ordered[at] = replace(node, inputs=function.inputs)
        ordered[index[node.name]] = replace(
            function,
            inputs=(node.name,),
            in_shapes=out,
            out_shape=node.out_shape,
            cost=function.layer.cost(out),
        )
        now[node.name] = function.name
        index[node.name], index[function.name] = at, index[node.name]
    return tuple(_renamed(node, now) for node in ordered)


def _renamed(node: Node, now: dict[str, str]) -> Node:
    """The node with its inputs by the names that hold them now; a function reads its maximum."""
    if now.get(node.inputs[0] if node.inputs else "") == node.name:
        return node
    return replace(node, inputs=tuple(now[name] for name in node.inputs))


def finished_with(nodes: Sequence[Node], training: bool) -> dict[str, tuple[Node, ...]]:
    """For each node that can do the work of those behind it while its output is in cache: those.

    They read nothing else, and nothing else reads what lies between them.
    """
    readers: dict[str, list[Node]] = {node.name: [] for node in nodes}
    for node in nodes:
        for name in node.inputs:
            readers[name].append(node)
    found: dict[str, tuple[Node, ...]] = {}
    done: set[str] = set()
    for node in nodes:
        behind = tuple(_behind(node, readers, training))
        if behind and node.name not in done:
            found[node.name] = behind
            done.update(one.name for one in behind)
    return found


def _behind(node: Node, readers: Mapping[str, list[Node]], training: bool) -> Iterator[Node]:
    """Nodes in a row whose work the node can do, up to one that cuts off what is negative."""
    can = node.layer.finishes
    while len(readers[node.name]) == 1:
        (node,) = readers[node.name]
        way = node.layer.finishes_as(training)
        if way not in can or len(node.inputs) > 1:
            return
        yield node
        if way == "rectified":
            return


def names_of(behind: Iterable[tuple[Node, ...]]) -> frozenset[str]:
    """All nodes whose work is done before them."""
    return frozenset(node.name for nodes in behind for node in nodes)
