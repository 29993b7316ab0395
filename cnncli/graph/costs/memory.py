"""How much memory one training step takes, counted from shapes alone."""

from typing import NamedTuple

from cnncli.graph.fusion import as_computed
from cnncli.graph.network import FLOAT, Graph
from cnncli.optim.optimizer_fields import Muon, OptimizerSpec, Sgd

from .rehearsal import kept_bytes, rehearse


class StepMemory(NamedTuple):
    """Bytes of one training step, by what holds them."""

    parameters: int
    """The trained and the running arrays."""
    gradients: int
    """One vector for each thread, for several threads one of their mean, for parts another."""
    optimizer: int
    """The optimizer's vectors of the parameters' size."""
    activations: int
    """What the forward pass keeps for the backward pass, for every image of the batch."""
    workspace: int
    """Everything else that lives for a while: gradients of activations, windows, gaps."""

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self)


def slots(optimizer: OptimizerSpec) -> int:
    """How many numbers the optimizer keeps for each parameter."""
    if isinstance(optimizer, Sgd):
        return int(optimizer.momentum > 0)
    return 1 if isinstance(optimizer, Muon) else 2


def training_step(
    graph: Graph, batch_size: int, *, threads: int, optimizer: OptimizerSpec, parts: int = 1
) -> StepMemory:
    """What a step on `batch_size` images takes with that many threads and that optimizer.

    parts: in which the batch is computed, one after another.
    """
    batch_size = -(-batch_size // parts)
    numbers = sum(node.parameters for node in graph.nodes)
    running = sum(node.running for node in graph.nodes)
    workers = min(threads, batch_size)
    shares = [batch_size * (k + 1) // workers - batch_size * k // workers for k in range(workers)]
    nodes = as_computed(graph.nodes[: graph.nodes.index(graph.by_name[graph.scores]) + 1])
    buffers = {images: rehearse(nodes, images) for images in set(shares)}
    kept = batch_size * kept_bytes(nodes)
    return StepMemory(
        parameters=FLOAT * (numbers + running),
        gradients=FLOAT * numbers * (threads + (threads > 1) + (parts > 1)),
        optimizer=FLOAT * numbers * slots(optimizer),
        activations=kept,
        workspace=max(sum(buffers[images] for images in shares) - kept, 0),
    )
