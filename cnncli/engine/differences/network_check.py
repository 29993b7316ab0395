"""The gradient of a network's loss, through all of its layers."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.execution_plan import ExecutionPlan
from cnncli.engine.forward_backward import ForwardBackward
from cnncli.engine.initialization import initial_parameters, initial_state
from cnncli.engine.parallel.blas import machine_profile
from cnncli.engine.parallel.comm import Solo
from cnncli.engine.parameters import FlatVector, parameter_shapes
from cnncli.graph.network import Graph
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.kernels.workspace import Workspace
from cnncli.optim.losses import Loss

from .central import Change, Index, Suspect, Worst, change_at, compare, sample
from .layer_check import IMAGES

SHIFT = 0.1
"""How far parameters are moved off their start, where a scale of 1 and a shift of 0 hide."""


def check_network(
    graph: Graph,
    loss: Loss,
    algorithms: Mapping[str, str],
    count: int | None,
    seed: int,
    most: int | None = None,
) -> Worst:
    """Every parameter in a training step on images of noise, layers fused as in training.

    count: numbers of each array; None: all. most: numbers of all arrays together.
    """
    rng = np.random.default_rng(seed)
    image = graph.image
    images: NDArray[Any] = rng.standard_normal((IMAGES, image.H, image.W, image.D))
    labels = rng.integers(graph.classes, size=IMAGES)
    parameters = _off_start(graph, seed, rng)
    gradient = FlatVector(parameter_shapes(graph), np.float64)
    state = initial_state(graph, np.float64)
    plan, workspace = ExecutionPlan.of(graph, algorithms), Workspace(machine_profile())
    names = [node.name for node in graph.nodes]
    params, running, grads = (
        {name: flat.of(name) for name in names} for flat in (parameters, state, gradient)
    )
    key = int(random_streams.key(seed, Stream.STEP, 0))

    def passes() -> ForwardBackward:
        return ForwardBackward(plan, params, running, workspace, Solo(), True, key, 0)

    def value() -> float:
        return loss(passes().forward(images), labels)[0]

    both = passes()
    start, dscores = loss(both.forward(images), labels)
    both.backward(dscores, grads, frozenset())
    suspects = {
        name: Suspect(parameters.views[name], gradient.views[name]) for name in parameters.views
    }

    def change_of(name: str, index: Index) -> Change:
        return change_at(suspects[name].array, index, lambda: value() - start)

    return compare(suspects, change_of, sample(suspects, count, seed, most))


def _off_start(graph: Graph, seed: int, rng: np.random.Generator) -> FlatVector:
    """Parameters as they start, each scaled by about 1, and what is 0 about SHIFT."""
    parameters = initial_parameters(graph, seed, np.float64)
    for view in parameters.views.values():
        view *= 1 + SHIFT * rng.standard_normal(view.shape)
        view += np.where(view == 0, SHIFT * rng.standard_normal(view.shape), 0)
    return parameters
