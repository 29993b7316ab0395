"""A layer by itself: its passes over arrays, outside of a network."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.engine.parallel.blas import machine_profile
from cnncli.engine.parallel.comm import Solo
from cnncli.geometry import Volume
from cnncli.kernels.epilogue import PLAIN
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Layer, Run

Arrays = dict[str, NDArray[Any]]


@dataclass
class LoneLayer:
    """A completed layer on volumes that it fits, in this thread.

    Its arrays are by their short names, like `W`; it changes none of them.
    """

    layer: Layer
    in_shapes: Sequence[Volume]
    algorithm: str | None = None
    """None: the one that is expected to be fastest."""
    key: int = 0
    """Of the random numbers of a DROPOUT, which are the same in each pass."""
    workspace: Workspace = field(default_factory=lambda: Workspace(machine_profile()))

    def forward(
        self, params: Arrays, state: Arrays, *xs: NDArray[Any], training: bool = True
    ) -> tuple[NDArray[Any], Any, Arrays]:
        """y (N, H, W, C) of x (N, H, W, C) each; what `backward` needs; the new state."""
        run = self._run(len(xs[0]), training, state=state)
        y, cache = self.layer.forward(run, params, *xs)
        return y, cache, run.new_state

    def backward(
        self, params: Arrays, cache: Any, dy: NDArray[Any]
    ) -> tuple[tuple[NDArray[Any] | None, ...], Arrays]:
        """The gradient of each x, and of each parameter, after a forward pass in training."""
        grads = {name: np.empty_like(array) for name, array in params.items()}
        run = self._run(len(dy), True, grads=grads)
        return self.layer.backward(run, params, cache, dy), grads

    def _run(
        self,
        images: int,
        training: bool,
        *,
        state: Arrays | None = None,
        grads: Arrays | None = None,
    ) -> Run:
        ways = self.layer.algorithms(self.in_shapes, images, self.workspace.profile)
        algorithm = self.algorithm or next(iter(ways), None)
        return Run(
            training=training,
            workspace=self.workspace,
            comm=Solo(),
            plan=self.layer.plan(self.in_shapes, images, algorithm),
            epilogue=PLAIN,
            state=state or {},
            grads=grads or {},
            needs_dx=True,
            key=self.key,
            index=0,
            positions=np.arange(images),
        )
