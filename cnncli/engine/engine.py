"""The engine: a network's parameters, and its passes over batches cut into shards."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncli.graph.network import Graph
from cnncli.kernels import random
from cnncli.kernels.workspace import Workspace

from .algorithms import choose
from .blas import hold_blas_to_one_thread
from .comm import Solo, Threads, share
from .parameters import (
    FlatVector,
    decay_mask,
    initial_parameters,
    initial_state,
    parameter_shapes,
)
from .shard import Arrays, Pass, Plan
from .threads import Team


class Batch(Protocol):
    """Images that are prepared when a shard asks for them, and their labels."""

    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """The number of images."""

    def images(self, first: int, last: int) -> NDArray[np.float32]:
        """Images first to last - 1, as (n, H, W, C)."""


Loss = Callable[[NDArray[Any], NDArray[np.int64]], tuple[float, NDArray[Any]]]
"""(scores (n, C), labels (n,)) -> (sum of losses, gradient of that sum by the scores)."""


class StepResult(NamedTuple):
    """Sums over one batch."""

    images: int
    loss_sum: float
    correct: int


class Engine:
    """Holds parameters, state and gradient of a checked graph, and threads to compute them."""

    def __init__(
        self,
        graph: Graph,
        *,
        threads: int,
        seed: int,
        dtype: DTypeLike = np.float32,
        algorithms: Mapping[str, str] | None = None,
    ) -> None:
        """`algorithms`: which one computes a node, by name; by default, what layers expect best."""
        graph.check()
        hold_blas_to_one_thread()
        self.graph = graph
        self.seed = seed
        self.dtype = np.dtype(dtype)
        self.parameters = initial_parameters(graph, seed, dtype)
        self.state = initial_state(graph, dtype)
        self.decay = decay_mask(graph)
        self._parameter_arrays = self._arrays(self.parameters)
        self._state_arrays = self._arrays(self.state)
        self.algorithms = dict(choose(graph, "auto", 1) if algorithms is None else algorithms)
        self._plan = Plan.of(graph, self.algorithms)
        self._team = Team(threads)
        self._workspaces = [Workspace() for _ in range(threads)]
        shapes = parameter_shapes(graph)
        self._sums = [FlatVector(shapes, dtype) for _ in range(threads)]
        self._gradient_arrays = [self._arrays(sums) for sums in self._sums]
        self.gradient: NDArray[Any] = (
            self._sums[0].vector if threads == 1 else np.zeros_like(self.parameters.vector)
        )
        """The mean over the last batch, in the order of the parameters."""

    @property
    def threads(self) -> int:
        """How many threads compute."""
        return self._team.size

    def gradients(self, batch: Batch, loss: Loss, step: int) -> StepResult:
        """One pass forward and backward in training mode: sets `gradient` and the new state."""
        images = len(batch)
        ranks = min(self.threads, images)
        key = int(random.key(self.seed, 2, step))
        params, state = self._parameter_arrays, self._state_arrays

        def shard(comm: Solo | Threads) -> tuple[float, int, Pass]:
            part = share(images, comm.rank, comm.size)
            one = Pass(
                self._plan, params, state, self._workspaces[comm.rank],
                comm=comm, training=True, key=key, first=part.start,
            )  # fmt: skip
            labels = batch.labels[part]
            with np.errstate(all="ignore"):  # the trainer reports what is not finite
                scores = one.forward(self._images(batch, part))
                loss_sum, dscores = loss(scores, labels)
                correct = int(np.count_nonzero(scores.argmax(axis=1) == labels))
                one.backward(dscores, self._gradient_arrays[comm.rank])
                total = comm.sum(self._sums[comm.rank].vector, out=self.gradient)
                total[share(total.size, comm.rank, comm.size, align=16)] *= 1 / images
            return loss_sum, correct, one

        results = self._team.run(shard, ranks)
        for node, new in results[0][2].new_state.items():
            for name, value in new.items():
                self.state.views[f"{node}.{name}"][...] = value
        return StepResult(images, sum(r[0] for r in results), sum(r[1] for r in results))

    def scores(self, batch: Batch) -> NDArray[Any]:
        """Class scores (n, classes) in evaluation mode."""
        images = len(batch)
        params, state = self._parameter_arrays, self._state_arrays

        def shard(comm: Solo | Threads) -> NDArray[Any]:
            part = share(images, comm.rank, comm.size)
            one = Pass(self._plan, params, state, self._workspaces[comm.rank])
            with np.errstate(all="ignore"):
                return one.forward(self._images(batch, part)).copy()

        return np.concatenate(self._team.run(shard, min(self.threads, images)))

    def parallel(self, task: Callable[[slice], None], size: int) -> None:
        """The task on a part of range(size) in each thread; parts begin at multiples of 64."""
        self._team.run(lambda comm: task(share(size, comm.rank, comm.size, align=64)))

    def close(self) -> None:
        """Ends the threads."""
        self._team.close()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _arrays(self, flat: FlatVector) -> Arrays:
        return {node.name: flat.of(node.name) for node in self.graph.nodes}

    def _images(self, batch: Batch, part: slice) -> NDArray[Any]:
        return batch.images(part.start, part.stop).astype(self.dtype, copy=False)
