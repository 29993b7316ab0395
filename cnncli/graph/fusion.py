"""Rewriting nodes for computation: another order, and layers that do the work of later ones."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from .network import Node


def execution_order(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes, with a maximum before a monotone function that is written before it.

    The largest of max(0, x) is max(0, the largest x), bit by bit, and its gradient goes the same
    way. So RELU - POOL is computed as POOL - RELU: the function has fewer numbers to work on, and
    its larger output is never written. The two change places in the list; all others keep theirs.
    """
    index = {node.name: i for i, node in enumerate(nodes)}
    readers = Counter(name for node in nodes for name in node.inputs)
    ordered = list(nodes)
    now = {node.name: node.name for node in nodes}
    for node in nodes[:-1]:
        if not node.layer.fusion(training=True).is_maximum or readers[node.inputs[0]] > 1:
            continue
        at = index[node.inputs[0]]
        function = ordered[at]
        if not function.layer.fusion(training=True).is_monotone:
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
    return tuple(
        node
        if now.get(node.inputs[0] if node.inputs else "") == node.name  # it reads its maximum
        else replace(node, inputs=tuple(now[name] for name in node.inputs))
        for node in ordered
    )


class Fused(NamedTuple):
    """A node, and those before and after it whose work its layer does.

    It does that of the prologue as it reads its input, and that of the epilogue while its output
    is in cache. leaves_biases: its only reader adds those that it leaves, before its prologue.
    """

    node: Node
    epilogue: tuple[Node, ...] = ()
    prologue: tuple[Node, ...] = ()
    leaves_biases: bool = False

    @property
    def inputs(self) -> tuple[str, ...]:
        return (*self.prologue, self.node)[0].inputs

    @property
    def output(self) -> str:
        return (self.node, *self.epilogue)[-1].name


def fuse(nodes: Sequence[Node], training: bool) -> tuple[Fused, ...]:
    """The nodes in their order, where each stands that is not in an epilogue."""
    readers: dict[str, list[Node]] = {node.name: [] for node in nodes}
    for node in nodes:
        for name in node.inputs:
            readers[name].append(node)
    found: list[Fused] = []
    elsewhere: set[str] = set()
    prologues: dict[str, tuple[Node, ...]] = {}
    for node in nodes:
        if node.name in elsewhere:
            continue
        epilogue = tuple(_epilogue(node, readers, training))
        elsewhere.update(after.name for after in epilogue)
        before = prologues.get(node.name, ())
        if reader := _reader_that_does((node, *epilogue), readers, training):
            prologues[reader.name] = (node, *epilogue)
        elif (
            epilogue
            and (reader := _reader_that_does(epilogue, readers, training))
            and reader.layer.fusion(training).copies_input
        ):
            prologues[reader.name] = epilogue
            found.append(Fused(node, prologue=before, leaves_biases=True))
        else:
            found.append(Fused(node, epilogue, before))
    return tuple(found)


def _reader_that_does(
    works: tuple[Node, ...], readers: Mapping[str, list[Node]], training: bool
) -> Node | None:
    """The only reader of what some nodes in a row give, if it can do all of their work."""
    after = readers[works[-1].name]
    if len(after) != 1 or len(after[0].inputs) > 1:
        return None
    accepted = after[0].layer.fusion(training).accepts_before
    return after[0] if all(one.layer.fusion(training).work in accepted for one in works) else None


def _epilogue(node: Node, readers: Mapping[str, list[Node]], training: bool) -> Iterator[Node]:
    """Nodes in a row whose work the node can do, up to one that cuts off what is negative.

    They read nothing else, and nothing else reads what lies between them.
    """
    accepted = node.layer.fusion(training).accepts
    while len(readers[node.name]) == 1:
        (node,) = readers[node.name]
        work = node.layer.fusion(training).work
        if work not in accepted or len(node.inputs) > 1:
            return
        yield node
        if work == "rectify":
            return
