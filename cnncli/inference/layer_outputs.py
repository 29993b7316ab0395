"""What each layer of a trained network makes of images."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import PlannedNode
from cnncli.kernels.workspace import Workspace
from cnncli.lazy import Array, Images
from cnncli.training.session import pipeline_for
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.resume import SavedRun

from .classifier import probabilities


class Outputs:
    """A probe that keeps the output of each node: a copy, as others may be written over it."""

    def __init__(self) -> None:
        self.kept: dict[str, Array] = {}

    def __call__(self, node: PlannedNode) -> PlannedNode:
        def forward(*arguments: Any, **keywords: Any) -> Any:
            y, cache = node.forward(*arguments, **keywords)
            self.kept[node.name] = y.copy()
            return y, cache

        return replace(node, forward=forward)


def activations(saved: SavedRun, images: Images) -> dict[str, Array]:
    """The output (n, H, W, C) of each layer for images (n, H, W, C) of the network's size.

    In evaluation mode, layer by layer as the file says; of a SOFTMAX at the end the probabilities.
    """
    path, checkpoint, spec, graph = saved
    outputs = Outputs()
    labels = np.zeros(len(images), np.int64)
    pipeline = pipeline_for(spec, checkpoint.data)
    with Engine(
        graph, threads=1, seed=spec.train.seed, algorithms=checkpoint.algorithms, probe=outputs,
        as_written=True,
    ) as engine:  # fmt: skip
        restore_network(checkpoint, path, engine)
        scores = engine.scores(Prepared(pipeline.plain(Workspace(), images), labels))
    found = {
        node.name: outputs.kept[node.name] for node in graph.nodes if node.name in outputs.kept
    }
    last = graph.nodes[-1].name
    if last not in found:
        found[last] = probabilities(scores).astype(np.float32)[:, np.newaxis, np.newaxis]
    return found


def filters_of(saved: SavedRun, layer: str, weights: NDArray[Any]) -> Array:
    """The weights of a CONV as (K, F, F, C), of an FC as (K, H, W, C) of what it reads; a copy."""
    node = saved.graph.by_name[layer]
    if weights.ndim == 2:
        (volume,) = node.in_shapes
        weights = weights.reshape(volume.H, volume.W, volume.D, -1)
    return np.ascontiguousarray(weights.transpose(3, 0, 1, 2), np.float32)
