"""One shard of a batch on its way through the network, forward and backward."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.kernels.epilogue import PLAIN, Epilogue
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Run
from cnncli.layers.communication import Comm
from cnncli.lazy import Array

from .channel_moments import ChannelMoments
from .execution_plan import ExecutionPlan, PlannedNode

Arrays = Mapping[str, Mapping[str, Array]]
"""By node and short name: arrays["conv1"]["W"]."""


@dataclass
class ForwardBackward:
    """One shard's forward and backward pass.

    What forward keeps for backward lives in `_caches`, and each cache is dropped as backward
    has used it, so that its memory goes back to the workspace.
    """

    plan: ExecutionPlan
    params: Arrays
    state: Arrays
    workspace: Workspace
    comm: Comm
    training: bool
    key: int
    first: int
    """The place of the shard's first image in the whole batch."""

    def __post_init__(self) -> None:
        self._positions: NDArray[np.int64] = np.arange(0)
        self._layer_plans: Mapping[str, Any] = {}
        self._caches: dict[str, Any] = {}
        self.new_state: dict[str, Mapping[str, Array]] = {}

    def forward(self, images: Array) -> Array:
        """Class scores (n, classes) of images (n, H, W, C)."""
        self._positions = np.arange(self.first, self.first + len(images))
        self._layer_plans = self.plan.layer_plans(len(images))
        outputs: dict[str, Array] = {}
        moments = ChannelMoments(self.plan.order, self.workspace)
        left_biases: dict[str, Array | None] = {}
        for node in self.plan.nodes[self.training]:
            xs = [outputs[name] for name in node.inputs] or [images]
            left = left_biases.get(node.inputs[0]) if node.inputs else None
            run = self._run(node, self._work(node.epilogue), self._work(node.prologue, left))
            if node.inputs:
                run.moments = partial(moments.of, node.inputs[0])
            y, cache = node.forward(run, self.params[node.name], *xs)
            outputs[node.output], left_biases[node.output] = y, run.left_biases
            if self.training:
                self._caches |= {node.name: cache} | {after.name: y for after in node.epilogue}
                self.new_state[node.name] = run.new_state
            del xs, y, cache
            for name in node.last_reads:
                del outputs[name]
        scores = outputs[self.plan.order[-1].name]
        return scores.reshape(len(scores), -1)

    def backward(self, dscores: Array, grads: Arrays, frozen: frozenset[str]) -> None:
        """Writes the gradients of the parameters, summed over the shard, into `grads`.

        Those of frozen arrays are written where they cost little, and left out otherwise.
        """
        needs_dx, trained = self.plan.reach(frozen)
        last = self.plan.order[-1]
        W, H, D = last.out_shape
        upstream = {last.name: dscores.reshape(-1, H, W, D)}
        for node in reversed(self.plan.nodes[self.training]):
            dy = upstream.pop(node.output, None)
            if dy is None or node.name not in needs_dx | trained:
                continue
            for one in (node,) if node.masks else reversed((node, *node.epilogue)):
                run = self._run(one, grads=grads[one.name], needs_dx=one.name in needs_dx)
                cache = self._caches.pop(one.name)
                run.rectified = self._caches.pop(node.output) if node.masks else None
                dxs = one.backward(run, self.params[one.name], cache, dy)
                del cache, run
                are_new = [dx is not None and not np.may_share_memory(dx, dy) for dx in dxs]
                dy = dxs[0]
            for read, dx, is_new in zip(node.inputs, dxs, are_new, strict=True):
                if dx is not None:
                    self._add(upstream, read, dx, is_new)
            del dxs, dy

    def _work(self, nodes: tuple[PlannedNode, ...], biases: Array | None = None) -> Epilogue:
        """What a layer does for those after it, or before it, which left their biases to it."""
        work = PLAIN if biases is None else Epilogue(np.ones_like(biases), biases)
        for one in nodes:
            fusion = one.node.layer.fusion(self.training)
            if fusion.scale_and_shift:
                params, state = self.params[one.name], self.state[one.name]
                work = work.then_scale(*fusion.scale_and_shift(params, state))
            else:
                work = work.then_rectify()
        return work

    def _add(self, upstream: dict[str, Array], name: str, dx: Array, is_new: bool) -> None:
        """Adds to a node's gradient, into dx if it is new: others may stand for several nodes."""
        if name in upstream:
            total = dx if is_new else self.workspace.empty(dx.shape, dx.dtype)
            dx = np.add(upstream[name], dx, out=total)
        upstream[name] = dx

    def _run(
        self,
        node: PlannedNode,
        epilogue: Epilogue = PLAIN,
        prologue: Epilogue = PLAIN,
        grads: Mapping[str, Array] | None = None,
        needs_dx: bool = False,
    ) -> Run:
        return Run(
            self.training,
            self.workspace,
            self.comm,
            self._layer_plans[node.name],
            epilogue,
            self.state[node.name],
            grads or {},
            needs_dx,
            self.key,
            node.index,
            self._positions,
            prologue=prologue,
            leaves_biases=node.leaves_biases,
            room=node.room,
        )
