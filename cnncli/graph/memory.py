"""How much memory one training step takes, counted from shapes alone."""

from typing import NamedTuple

from cnncli.spec.optimizers import OptimizerSpec, Sgd

from .network import Graph, Node

FLOAT = 4
"""Bytes of a float32."""


class StepMemory(NamedTuple):
    """Bytes of one training step, by what holds them."""

    parameters: int
    """The trained and the running arrays."""
    gradients: int
    """One vector of gradients for each thread."""
    optimizer: int
    """The optimizer's vectors of the parameters' size."""
    activations: int
    """What the forward pass keeps for the backward pass, for every image of the batch."""
    activation_gradients: int
    """The widest pair of gradients of a layer's output and input."""
    workspace: int
    """Short-lived memory of the widest layer, for each thread."""

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self)


def slots(optimizer: OptimizerSpec) -> int:
    """How many numbers the optimizer keeps for each parameter."""
    if isinstance(optimizer, Sgd):
        return int(optimizer.momentum > 0)
    return 2


def training_step(
    graph: Graph, batch_size: int, *, threads: int, optimizer: OptimizerSpec
) -> StepMemory:
    """What a step on `batch_size` images takes with that many threads and that optimizer."""
    trained = FLOAT * sum(node.parameters for node in graph.nodes)
    running = FLOAT * sum(node.running for node in graph.nodes)
    kept = FLOAT * sum(graph.by_name[name].out_shape.size for name in _kept_volumes(graph))
    caches = sum(node.cost.cache_bytes for node in graph.nodes)
    return StepMemory(
        parameters=trained + running,
        gradients=threads * trained,
        optimizer=slots(optimizer) * trained,
        activations=batch_size * (kept + caches),
        activation_gradients=batch_size * FLOAT * max(map(_through, graph.nodes), default=0),
        workspace=threads * max((node.cost.workspace_bytes for node in graph.nodes), default=0),
    )


def _kept_volumes(graph: Graph) -> set[str]:
    """The nodes whose outputs some layer needs in its backward pass."""
    inputs = {name for node in graph.nodes if "x" in node.layer.KEEPS for name in node.inputs}
    outputs = {node.name for node in graph.nodes if "y" in node.layer.KEEPS}
    return inputs | outputs


def _through(node: Node) -> int:
    """Numbers in a node's inputs and output together."""
    return node.out_shape.size + sum(volume.size for volume in node.in_shapes)
