"""What is the same for every step: the nodes as they are computed, and who needs what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnncli.graph.backward import needs_dx, trained_nodes
from cnncli.graph.fusion import Fused, execution_order, fuse
from cnncli.graph.growth import rooms
from cnncli.graph.network import Graph, Node
from cnncli.kernels.reshape import Room


@dataclass(frozen=True)
class PlannedNode:
    """A node with the functions that compute it: its layer's own, or these under a probe."""

    node: Node
    index: int
    """Its place in the order of execution."""
    forward: Callable[..., Any]
    backward: Callable[..., Any]
    epilogue: tuple["PlannedNode", ...] = ()
    """Nodes after it whose work forward does."""
    prologue: tuple["PlannedNode", ...] = ()
    """Nodes before it whose work forward does."""
    leaves_biases: bool = False
    """Whether forward leaves its biases to the prologue of the node that reads it."""
    room: Room | None = None
    """Where its output is to lie."""
    last_reads: tuple[str, ...] = ()
    """Outputs that no later node reads."""

    @property
    def masks(self) -> bool:
        """Whether its backward also does that of its epilogue."""
        return bool(self.epilogue) and self.node.layer.fusion(training=True).masks

    @property
    def name(self) -> str:
        return self.node.name

    @property
    def inputs(self) -> tuple[str, ...]:
        return (*self.prologue, self)[0].node.inputs

    @property
    def output(self) -> str:
        """The name of the node whose output forward gives."""
        return (self, *self.epilogue)[-1].name


Probe = Callable[[PlannedNode], PlannedNode]
"""Puts something around the functions of a node that looks on while they compute."""


@dataclass(frozen=True)
class ExecutionPlan:
    """The nodes up to the class scores, in the order of execution."""

    order: tuple[Node, ...]
    algorithms: Mapping[str, str]
    """By which of its algorithms a node is computed, where it has several."""
    nodes: Mapping[bool, tuple[PlannedNode, ...]]
    """In training or not."""
    _layer_plans: dict[int, Mapping[str, Any]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        graph: Graph,
        algorithms: Mapping[str, str],
        probe: Probe | None = None,
        *,
        as_written: bool = False,
    ) -> "ExecutionPlan":
        """The plan of a graph, under a probe or not.

        as_written: each node by itself, in the order of the file, so that each output is computed.
        """
        written = graph.nodes[: graph.nodes.index(graph.by_name[graph.scores]) + 1]
        order = written if as_written else execution_order(written)
        nodes = {
            training: _plan_nodes(order, training, probe, as_written) for training in (False, True)
        }
        return cls(order, algorithms, nodes)

    def reach(self, frozen: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Nodes with something to train before them, and those with something of their own."""
        return needs_dx(self.order, frozen), trained_nodes(self.order, frozen)

    def layer_plans(self, images: int) -> Mapping[str, Any]:
        """What each layer needs of the shapes, for shards of so many images: computed once."""
        if images not in self._layer_plans:
            self._layer_plans[images] = {
                node.name: node.layer.plan(node.in_shapes, images, self.algorithms.get(node.name))
                for node in self.order
            }
        return self._layer_plans[images]


def _plan_nodes(
    order: tuple[Node, ...], training: bool, probe: Probe | None, as_written: bool
) -> tuple[PlannedNode, ...]:
    planned = {
        node.name: PlannedNode(node, index, node.layer.forward, node.layer.backward)
        for index, node in enumerate(order)
    }
    if probe:
        planned = {name: probe(one) for name, one in planned.items()}
    fused = [Fused(node) for node in order] if as_written else fuse(order, training)
    grown = {} if as_written or training else rooms(fused)
    last_use = {read: one.node.name for one in fused for read in one.inputs}
    return tuple(
        replace(
            planned[one.node.name],
            epilogue=tuple(planned[after.name] for after in one.epilogue),
            prologue=tuple(planned[before.name] for before in one.prologue),
            leaves_biases=one.leaves_biases,
            room=grown.get(one.output),
            last_reads=tuple(
                read for read in dict.fromkeys(one.inputs) if last_use[read] == one.node.name
            ),
        )
        for one in fused
    )
