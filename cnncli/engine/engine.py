"""The engine: a network's parameters, and its passes over batches cut into shards."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cnncli.engine.parallel.blas import hold_blas_to_one_thread, machine_profile
from cnncli.engine.parallel.buckets import buckets
from cnncli.engine.parallel.comm import OverRanks, Processes, Solo, Threads, share
from cnncli.engine.parallel.processes import NoProcesses, ProcessTeam, may_fork
from cnncli.engine.parallel.threads import Team
from cnncli.engine.parallel.world import ALONE, World
from cnncli.engine.probes.nan_finder import NanProbe
from cnncli.graph.network import Graph
from cnncli.kernels import random_streams
from cnncli.kernels.conv.profiles import Profile
from cnncli.kernels.random_streams import Stream
from cnncli.kernels.workspace import Workspace
from cnncli.optim.losses import Loss

from .algorithm_choice import choose
from .batch import Batch, Part
from .execution_plan import ExecutionPlan, Probe
from .forward_backward import Arrays, ForwardBackward
from .initialization import initial_parameters, initial_state
from .numpy_settings import settings_of_a_pass
from .parameters import FlatVector, parameter_shapes, zeros

T = TypeVar("T")
_Comm = Solo | Threads | Processes | OverRanks


class StepResult(NamedTuple):
    """Sums over one batch."""

    images: int
    loss_sum: float
    correct: int


class _Order(NamedTuple):
    """What one rank is to do: its part of a batch, and where that part begins in it.

    loss: of a training step, with the key of its random numbers; None: the class scores.
    frozen: arrays of parameters whose gradient is 0. look_for_nan: to find what is not finite.
    """

    part: Part
    first: int
    images: int
    loss: Loss | None
    key: int
    frozen: frozenset[str]
    look_for_nan: bool


class Engine:
    """Holds parameters, state and gradient of a checked graph, and those who compute them.

    Shards of a batch are computed in this process and others, where the system can fork, or in
    threads of this one; `parallel` is always in threads. Several ranks of a `world` have each the
    whole network, and their threads compute the shards.
    """

    def __init__(
        self,
        graph: Graph,
        *,
        threads: int,
        seed: int,
        dtype: DTypeLike = np.float32,
        algorithms: Mapping[str, str] | None = None,
        profile: Profile | None = None,
        fork: bool | None = None,
        probe: Probe | None = None,
        as_written: bool = False,
        is_drawn: bool = True,
        world: World = ALONE,
        notify: Callable[[str], None] = warnings.warn,
    ) -> None:
        """`algorithms`: which one computes a node, by name; for others, what layers expect best.

        `profile`: of the machine whose times are expected, by which products are cut; None: this.
        `fork`: None: where that is safe. `probe`: looks on while nodes are computed.
        `as_written`: each node by itself, in the order of the file. `is_drawn`: parameters start
        with random numbers; else with zeros, for those of a checkpoint: drawing takes many seconds
        for a large network. `world`: of all ranks, each of which has as many `threads`. `notify`:
        takes what the user must know.
        """
        graph.check()
        hold_blas_to_one_thread()
        self.graph = graph
        self.seed = seed
        self.dtype = np.dtype(dtype)
        self.parameters = (
            initial_parameters(graph, seed, dtype)
            if is_drawn
            else FlatVector(parameter_shapes(graph), dtype)
        )
        self.state = initial_state(graph, dtype)
        self._parameter_arrays = self._arrays(self.parameters)
        self._state_arrays = self._arrays(self.state)
        self.profile = profile or machine_profile()
        self.algorithms = choose(graph, "auto", 1, self.profile) | dict(algorithms or {})
        self._plan = ExecutionPlan.of(graph, self.algorithms, probe, as_written=as_written)
        self.world = world
        self._team = Team(threads)
        forks = may_fork() if fork is None else fork
        self._processes = ProcessTeam(threads, self._work) if forks and threads > 1 else None
        self._notify = notify
        self._workspaces = [Workspace(self.profile) for _ in range(threads)]
        shapes = parameter_shapes(graph)
        self._sums = [FlatVector(shapes, dtype) for _ in range(threads)]
        self._gradient_arrays = [self._arrays(sums) for sums in self._sums]
        self.gradient: NDArray[Any] = (
            self._sums[0].vector if threads == 1 else zeros(self.parameters.vector.size, dtype)
        )
        """The mean over the last batch, in the order of the parameters."""
        self._buckets = buckets(self.parameters.slices, self.dtype.itemsize)

    @property
    def threads(self) -> int:
        """Of this rank."""
        return self._team.size

    @property
    def shards(self) -> int:
        """Into how many a batch is cut, over all ranks."""
        return self._team.size * self.world.size

    def gradients(
        self,
        batch: Batch,
        loss: Loss,
        step: int,
        frozen: frozenset[str] = frozenset(),
        first: int = 0,
    ) -> StepResult:
        """One pass forward and backward in training mode: sets `gradient` and the new state.

        frozen: arrays like `conv1.W` that are not trained now; their gradient is 0, and what is
        computed for them alone is left out. first: the place of the first image, where this is a
        part of a larger batch: random numbers depend on an image's place.
        """
        losses, correct = zip(*self._run(batch, loss, step, frozen, first), strict=True)
        return StepResult(len(batch), sum(losses), sum(correct))

    def first_not_finite(
        self,
        batch: Batch,
        loss: Loss | None = None,
        step: int = 0,
        frozen: frozenset[str] = frozenset(),
        first: int = 0,
    ) -> str | None:
        """Repeats what `gradients` did: where numbers first stop being finite, in words.

        Without a loss, what `scores` did. The state is left as it is.
        """
        found = self._run(batch, loss, step, frozen, first, look_for_nan=True)
        earliest = min(filter(None, found), default=None)
        return earliest.what if earliest else None

    def scores(self, batch: Batch) -> NDArray[Any]:
        """Class scores (n, classes) in evaluation mode."""
        return np.concatenate(self._run(batch))

    def _run(
        self,
        batch: Batch,
        loss: Loss | None = None,
        step: int = 0,
        frozen: frozenset[str] = frozenset(),
        first: int = 0,
        *,
        look_for_nan: bool = False,
    ) -> list[Any]:
        """The batch, cut into as many parts as there are shards: what each of them gives."""
        images, key = len(batch), int(random_streams.key(self.seed, Stream.STEP, step))
        shards = min(self.shards, images)
        shares = [share(images, shard, shards) for shard in range(shards)]
        begin = self.world.rank * self.threads
        own = shares[begin : begin + self.threads]
        parts = [batch.part(one.start, one.stop) for one in own]
        orders = [
            _Order(part, first + one.start, images, loss, key, frozen, look_for_nan)
            for part, one in zip(parts, own, strict=True)
        ]
        if self.world.size > 1:
            busy = -(-shards // self.threads)
            return self._run_over_ranks(busy, orders, loss is not None, images)
        return self._compute(orders)

    def _compute(self, orders: list[_Order]) -> list[Any]:
        """What the shards of this process alone give."""
        if len(orders) == 1:
            return [self._work(Solo(), orders[0])]
        if self._processes:
            try:
                return self._processes.run(orders)
            except NoProcesses as error:
                self._processes = None
                self._notify(f"warning: {error}; threads compute instead, with equal results")
        return self._team.run(lambda comm: self._work(comm, orders[comm.rank]), len(orders))

    def _run_over_ranks(
        self, busy: int, orders: list[_Order], has_gradient: bool, images: int
    ) -> list[Any]:
        """What the shards of all ranks give; those of a batch of few images need only some."""
        found: list[Any] = []
        if some := self.world.among(busy):
            total: list[NDArray[Any]] = []
            found = self._team.run(
                lambda comm: self._work(OverRanks(comm, some, total), orders[comm.rank]),
                len(orders),
            )
            if has_gradient:
                some.average(self.gradient, self._buckets, 1 / images)
        if has_gradient and busy < self.world.size:
            self.world.equalise((self.gradient, self.state.vector))
        return [one for of_rank in self.world.gather(found) for one in of_rank]

    def _work(self, comm: _Comm, order: _Order) -> Any:
        """The sum of losses and the number of right answers in a training step, else scores.

        Under a probe for NaN what it found first.
        """
        workspace, part, loss = self._workspaces[comm.rank], order.part, order.loss
        probe, plan = NanProbe() if order.look_for_nan else None, self._plan
        if probe:
            plan = ExecutionPlan.of(self.graph, self.algorithms, probe)
        passes = ForwardBackward(
            plan, self._parameter_arrays, self._state_arrays, workspace,
            comm, loss is not None, order.key, order.first,
        )  # fmt: skip
        with settings_of_a_pass():
            scores = passes.forward(part.images(workspace).astype(self.dtype, copy=False))
            if loss is None:
                return probe.first if probe else scores.copy()
            loss_sum, dscores = part.loss_and_gradient(loss, scores)
            if probe:
                probe.check("the loss", [np.asarray(loss_sum), dscores])
            correct = int(np.count_nonzero(scores.argmax(axis=1) == part.labels))
            passes.backward(dscores, self._gradient_arrays[comm.rank], order.frozen)
            for name in order.frozen:
                self._sums[comm.rank].views[name].fill(0)
            comm.wait()  # all have their sums, and none needs the old state any more
            self._set_gradient(comm, order.images)
        if probe:
            return probe.first
        if comm.rank == 0:
            for node, new in passes.new_state.items():
                for name, value in new.items():
                    self.state.views[f"{node}.{name}"][...] = value
        return loss_sum, correct

    def _set_gradient(self, comm: _Comm, images: int) -> None:
        """This thread's part of the mean over the batch; sums are added in the order of ranks.

        Of several ranks the sum over its threads, which is still to be averaged over them.
        """
        part = share(self.gradient.size, comm.rank, comm.size, align=16)
        gradient = self.gradient[part]
        first, *others = (sums.vector[part] for sums in self._sums[: comm.size])
        np.copyto(gradient, first)  # of one thread alone they are the same memory
        for other in others:
            gradient += other
        if self.world.size == 1:
            gradient *= 1 / images

    def parallel(self, task: Callable[[slice], T], size: int) -> list[T]:
        """The task on as many parts of range(size) as there are shards; the threads do them all.

        Parts begin at multiples of 64. Sums over them are the same however many ranks there are.
        """
        each, shards = self.world.size, self.shards

        def run(comm: Solo | Threads) -> list[T]:
            own = range(comm.rank * each, (comm.rank + 1) * each)
            return [task(share(size, shard, shards, align=64)) for shard in own]

        return [one for of_thread in self._team.run(run) for one in of_thread]

    def close(self) -> None:
        self._team.close()
        if self._processes:
            self._processes.close()

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _arrays(self, flat: FlatVector) -> Arrays:
        return {node.name: flat.of(node.name) for node in self.graph.nodes}
