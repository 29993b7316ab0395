"""One shard of a batch on its way through the network, forward and backward."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.parallel.comm import Solo
from cnncli.graph.backward import needs_dx, trained
from cnncli.graph.fusion import as_computed, finished_with, names_of
from cnncli.graph.network import Graph, Node
from cnncli.kernels import random_streams, reshape
from cnncli.kernels.epilogue import PLAIN, Finish
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Comm

Array = NDArray[np.float32]
Arrays = Mapping[str, Mapping[str, Array]]
"""By node and short name: arrays["conv1"]["W"]."""


@dataclass(frozen=True)
class Plan:
    """What is the same for every step: the nodes up to the scores, and who needs what."""

    nodes: tuple[Node, ...]
    scores: str
    last_use: Mapping[str, str]
    """The node after which an output is not needed by any later forward."""
    algorithms: Mapping[str, str]
    """By which of its algorithms a node is computed, where it has several."""
    behind: Mapping[bool, Mapping[str, tuple[Node, ...]]]
    """In training or not: by node, those behind it whose work it does."""

    @classmethod
    def of(cls, graph: Graph, algorithms: Mapping[str, str]) -> "Plan":
        """The plan of a graph."""
        nodes = as_computed(graph.nodes[: graph.nodes.index(graph.by_name[graph.scores]) + 1])
        last_use = {read: node.name for node in nodes for read in node.inputs}
        behind = {training: finished_with(nodes, training) for training in (False, True)}
        return cls(nodes, graph.scores, last_use, algorithms, behind)

    def reach(self, frozen: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Nodes with something to train before them, and those with something of their own."""
        return needs_dx(self.nodes, frozen), trained(self.nodes, frozen)


@dataclass
class NodeRun:
    """The `run` of the layer contract, for one node."""

    training: bool
    workspace: Workspace
    comm: Comm
    grads: Mapping[str, Array]
    needs_dx: bool
    key: np.uint64
    positions: NDArray[np.int64]
    algorithm: str | None
    finish: Finish = PLAIN

    def keys(self) -> NDArray[np.uint64]:
        """One key for each image, by its place in the whole batch."""
        return random_streams.keys(self.key, self.positions)


class Pass:
    """One shard's forward and backward pass.

    What forward keeps for backward lives in `caches`, and each cache is dropped as backward
    has used it, so that its memory goes back to the workspace.
    """

    def __init__(
        self,
        plan: Plan,
        params: Arrays,
        state: Arrays,
        workspace: Workspace,
        *,
        comm: Comm | None = None,
        training: bool = False,
        key: int = 0,
        first: int = 0,
    ) -> None:
        self._plan = plan
        self._params = params
        self._state = state
        self._workspace = workspace
        self._comm: Comm = comm or Solo()
        self._training = training
        self._key = key
        self._first = first
        self._images = 0
        self._caches: dict[str, Any] = {}
        self.new_state: dict[str, Mapping[str, Array]] = {}

    def forward(self, images: Array) -> Array:
        """Class scores (n, classes) of images (n, H, W, C)."""
        self._images = images.shape[0]
        outputs: dict[str, Array] = {}
        finished = self._plan.behind[self._training]
        done = names_of(finished.values())
        for index, node in enumerate(self._plan.nodes):
            name = node.name
            if name in done:
                continue
            xs = [outputs[name] for name in node.inputs] or [images]
            behind = finished.get(name, ())
            run = self._run(index, node, {}, self._finish(behind))
            y, cache, new_state = node.layer.forward(
                run, self._params[name], self._state[name], *xs
            )
            outputs[(node, *behind)[-1].name] = y
            if self._training:
                self._caches |= {name: cache} | {one.name: y for one in behind}
                self.new_state[name] = new_state
            del xs, y, cache
            for read in set(node.inputs):
                if self._plan.last_use[read] == name:
                    del outputs[read]
        scores = outputs[self._plan.scores]
        return scores.reshape(scores.shape[0], -1)

    def backward(self, dscores: Array, grads: Arrays, frozen: frozenset[str] = frozenset()) -> None:
        """Writes the gradients of the parameters, summed over the shard, into `grads`.

        Those of frozen arrays are written where they cost little, and left out otherwise.
        """
        needs_dx, trained = self._plan.reach(frozen)
        reached = needs_dx | trained
        last = self._plan.nodes[-1]
        volume = last.out_shape
        upstream: dict[str, Array] = {last.name: dscores.reshape(-1, volume.H, volume.W, volume.D)}
        for index, node in reversed(list(enumerate(self._plan.nodes))):
            dy = upstream.pop(node.name, None)
            cache = self._caches.pop(node.name)
            if dy is None or node.name not in reached:
                continue
            run = self._run(index, node, grads[node.name], needs_dx=node.name in needs_dx)
            dxs, _ = node.layer.backward(run, self._params[node.name], cache, dy)
            del cache, dy
            for read, dx in zip(node.inputs, dxs, strict=True):
                if dx is not None:
                    self._add(upstream, read, dx)
            del dxs

    def _finish(self, behind: tuple[Node, ...]) -> Finish:
        """What a layer does for those behind it."""
        finish = PLAIN
        for node in behind:
            if node.layer.finishes_as(self._training) == "rectified":
                return replace(finish, rectified=True)
            params, state = self._params[node.name], self._state[node.name]
            finish = finish.scaled(*node.layer.scale_and_shift(params, state))
        return finish

    def _add(self, upstream: dict[str, Array], name: str, dx: Array) -> None:
        """Adds to a node's gradient. Arrays may stand for several nodes: none is changed."""
        if name in upstream:
            dx = reshape.add(self._workspace, (upstream[name], dx))
        upstream[name] = dx

    def _run(
        self,
        index: int,
        node: Node,
        grads: Mapping[str, Array],
        finish: Finish = PLAIN,
        needs_dx: bool = False,
    ) -> NodeRun:
        positions = np.arange(self._first, self._first + self._images)
        return NodeRun(
            self._training,
            self._workspace,
            self._comm,
            grads,
            needs_dx,
            random_streams.key(self._key, index),
            positions,
            self._plan.algorithms.get(node.name),
            finish,
        )
