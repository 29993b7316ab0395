"""What each layer of a trained network makes of images."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import PlannedNode
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Run
from cnncli.lazy import Array, Images
from cnncli.training.session import pipeline_for
from cnncli.training.storage.arrays import restore_network
from cnncli.training.storage.resume import SavedRun

from .classifier import probabilities

Keep = Callable[[str, Array], Array | None]
"""What is kept of the output (n, H, W, C) of the layer of that name; None: nothing."""


class Outputs:
    """A probe that keeps of each node's output what it is told, by rank and name.

    It has to be a copy, as others may be written over the output.
    """

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._kept: dict[str, dict[int, Array]] = {}

    def __call__(self, node: PlannedNode) -> PlannedNode:
        def forward(run: Run, *arguments: Any) -> Any:
            y, cache = node.forward(run, *arguments)
            kept = self._keep(node.name, y)
            if kept is not None:
                self._kept.setdefault(node.name, {})[run.comm.rank] = kept
            return y, cache

        return replace(node, forward=forward)

    @property
    def kept(self) -> dict[str, Array]:
        """For all images, (n, ...), by name."""
        return {
            name: np.concatenate([parts[rank] for rank in sorted(parts)])
            for name, parts in self._kept.items()
        }


def outputs(
    saved: SavedRun, images: Images, keep: Keep, threads: int = 1
) -> tuple[dict[str, Array], Array]:
    """What is kept of each layer's output for images (n, H, W, C), and the class scores (n, K).

    Images are of the network's size. In evaluation mode, layer by layer as the file says.
    """
    path, checkpoint, spec, graph = saved
    probe = Outputs(keep)
    labels = np.zeros(len(images), np.int64)
    pipeline = pipeline_for(spec, checkpoint.data)
    with Engine(
        graph, threads=threads, seed=spec.train.seed, algorithms=checkpoint.algorithms,
        profile=checkpoint.profile, fork=False, probe=probe, as_written=True, is_drawn=False,
    ) as engine:  # fmt: skip
        restore_network(checkpoint, path, engine)
        scores = engine.scores(Prepared(pipeline.plain(Workspace(), images), labels))
    kept = probe.kept
    return {node.name: kept[node.name] for node in graph.nodes if node.name in kept}, scores


def activations(saved: SavedRun, images: Images) -> dict[str, Array]:
    """The output (n, H, W, C) of each layer for images (n, H, W, C) of the network's size.

    As `outputs` computes them; of a SOFTMAX at the end the probabilities.
    """
    found, scores = outputs(saved, images, lambda name, y: y.copy())
    last = saved.graph.nodes[-1].name
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
