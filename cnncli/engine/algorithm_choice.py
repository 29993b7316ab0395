"""Which of a layer's algorithms computes each node, for a whole run."""

import time
from typing import Literal

import numpy as np

from cnncli.engine.parallel.blas import machine_profile
from cnncli.engine.parallel.comm import Solo
from cnncli.graph.backward import needs_dx
from cnncli.graph.network import Graph, Node
from cnncli.kernels.conv.profiles import Profile
from cnncli.kernels.epilogue import PLAIN
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Run

Kernels = Literal["auto", "direct", "winograd", "measured"]
"""By the layers' models of costs, one algorithm wherever it can be had, or by the clock."""

_ROUNDS = 3


def choose(
    graph: Graph, kernels: Kernels, images: int, profile: Profile | None = None
) -> dict[str, str]:
    """The algorithm of every node that has several, for shards of so many images.

    profile: None: of this machine.
    """
    profile = profile or machine_profile()
    ways = {
        node.name: node.layer.algorithms(node.in_shapes, images, profile) for node in graph.nodes
    }
    several = {name: names for name, names in ways.items() if len(names) > 1}
    if kernels == "measured":
        needing = needs_dx(graph.nodes)
        times = {
            name: {
                way: _seconds(graph.by_name[name], way, images, name in needing, profile)
                for way in names
            }
            for name, names in several.items()
        }
        return {name: min(of_node, key=of_node.__getitem__) for name, of_node in times.items()}
    # the first of that kind (`winograd` and `winograd-columns` are one), or the first of all
    return {
        name: next((way for way in names if way.split("-")[0] == kernels), names[0])
        for name, names in several.items()
    }


def _seconds(node: Node, algorithm: str, images: int, needs_dx: bool, profile: Profile) -> float:
    """The shortest of some passes forward and backward on noise."""
    rng = np.random.default_rng(0)
    params = {name: rng.standard_normal(p.shape, np.float32) for name, p in node.params.items()}
    xs = [rng.standard_normal((images, v.H, v.W, v.D), np.float32) for v in node.in_shapes]
    grads = {name: np.empty_like(array) for name, array in params.items()}
    run = Run(
        training=True,
        workspace=Workspace(profile),
        comm=Solo(),
        plan=node.layer.plan(node.in_shapes, images, algorithm),
        epilogue=PLAIN,
        state={},
        grads=grads,
        needs_dx=needs_dx,
        key=0,
        index=0,
        positions=np.arange(images),
    )
    taken = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        y, cache = node.layer.forward(run, params, *xs)
        node.layer.backward(run, params, cache, y)
        taken.append(time.perf_counter() - start)
    return min(taken)
