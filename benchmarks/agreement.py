"""Before anything is timed: both sides compute the same."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.graph.network import Graph
from cnncli.layers.dropout import Dropout
from cnncli.optim.losses import SoftmaxCrossEntropy

from .networks import noise
from .translation import Translation

FEW = 8
"""Images for the comparison in float64."""
EXACT = 1e-9
FACTOR = 6
"""Winograd's algorithm rounds more than a direct product: scores are 1.2 to 3.4 times as far."""
FLIPS = 5e-3
"""Where rounding puts a number on the other side of a RELU's zero, a gradient changes by more than
the rounding. A few such numbers on one side and none on the other explain so much."""


class Errors(NamedTuple):
    """Shares of an L2 norm."""

    scores: float
    loss: float
    gradient: float


class Results(NamedTuple):
    """Of one side: scores in evaluation, and a training step's loss and gradient."""

    scores: np.ndarray
    loss: float
    gradient: np.ndarray

    def errors(self, other: "Results") -> Errors:
        """How far these are from the others."""
        pairs = zip(self, other, strict=True)
        return Errors(*(np.linalg.norm(np.subtract(a, b)) / np.linalg.norm(b) for a, b in pairs))


def check_agreement(graph: Graph, engine: Engine, batch: Prepared) -> None:
    """Raises AssertionError where scores, loss or gradient differ.

    In float64 with the same algorithms they agree to rounding, which shows that both are the same
    network. In float32, on the batch that is timed, both are compared with PyTorch's result in
    float64: ours is at most some times as far from it as PyTorch's own. Errors are shares of an L2
    norm. Nothing is dropped, as both sides would draw otherwise.
    """
    graph, options = _without_chance(graph), {"seed": 0, "algorithms": engine.algorithms}
    with Engine(graph, dtype=np.float64, threads=1, **options) as exact:
        few = noise(graph, FEW)
        error = _ours(exact, few).errors(_theirs(graph, exact, few, torch.float64))
        _check(error, Errors(EXACT, EXACT, EXACT))
    with Engine(graph, threads=engine.threads, **options) as rounded:
        truth = _theirs(graph, rounded, batch, torch.float64)
        theirs = _theirs(graph, rounded, batch, torch.float32).errors(truth)
        # a loss is one number, whose error may be 0 by luck: it moves with the scores
        allowed = FACTOR * theirs.scores, FACTOR * theirs.scores, FACTOR * theirs.gradient
        _check(_ours(rounded, batch).errors(truth), Errors(*allowed[:2], max(FLIPS, allowed[2])))


def _check(found: Errors, allowed: Errors) -> None:
    for what, error, most in zip(Errors._fields, found, allowed, strict=True):
        assert error <= most, f"{what}: {error:.1e} of the L2 norm apart, of {most:.1e} allowed"


def images(batch: Prepared, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """(N, C, H, W) in PyTorch's usual order of memory."""
    return torch.tensor(batch.array, dtype=dtype).permute(0, 3, 1, 2).contiguous()


def _without_chance(graph: Graph) -> Graph:
    """The network with nothing that is drawn: both sides would draw otherwise."""
    nodes = [
        replace(node, layer=replace(node.layer, rate=0.0))
        if isinstance(node.layer, Dropout)
        else node
        for node in graph.nodes
    ]
    return replace(graph, nodes=tuple(nodes))


def _ours(engine: Engine, batch: Prepared) -> Results:
    """Leaves the engine as it was, but for its last gradient."""
    scores, state = engine.scores(batch), engine.state.vector.copy()
    result = engine.gradients(batch, SoftmaxCrossEntropy(), 0)
    engine.state.vector[:] = state
    return Results(scores, result.loss_sum / len(batch), engine.gradient.copy())


def _theirs(graph: Graph, engine: Engine, batch: Prepared, dtype: torch.dtype) -> Results:
    """Of the engine's weights."""
    module, x = Translation(graph, engine).to(dtype), images(batch, dtype)
    with torch.no_grad():
        scores = module.eval()(x).numpy()
    loss = torch.nn.functional.cross_entropy(module.train()(x), torch.tensor(batch.labels))
    loss.backward()
    gradients = module.gradients()
    assert gradients.keys() == engine.parameters.slices.keys()
    gradient = np.concatenate([gradients[name].ravel() for name in engine.parameters.slices])
    return Results(scores, loss.item(), gradient)
