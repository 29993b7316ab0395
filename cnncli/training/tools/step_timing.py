"""Steps of a network on images of noise, and where their time goes."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack

from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.datasets.problems import Notify
from cnncli.engine.batch import Batch
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import Probe
from cnncli.engine.parallel.blas import machine_profile
from cnncli.engine.probes.measured_choice import choose_for
from cnncli.engine.probes.timing import Clock, noise, take_turns, time_steps
from cnncli.graph.network import Graph
from cnncli.optim.base import OptimizerState
from cnncli.report.timing.breakdown import Breakdown
from cnncli.report.timing.thread_counts import Comparison
from cnncli.training.gradients import clip
from cnncli.training.parameter_groups import ParameterGroups


def break_down(
    spec: Specification,
    graph: Graph,
    threads: int,
    steps: int,
    notify: Notify,
    *,
    forward: bool = False,
    has_ceiling: bool = True,
) -> Breakdown:
    """Steps on so many threads, layer by layer.

    notify: takes what is to be known of the machine. forward: evaluate only. has_ceiling: as for
    `time_steps`.
    """
    images, clock = spec.train.batch_size, Clock(graph, threads)
    with _engine(spec, graph, threads, notify, clock.probe) as engine:
        passes, update = _step(
            engine, spec.train, noise(images, graph.image, graph.classes), forward
        )
        timing = time_steps(engine, clock, passes, update, steps, has_ceiling=has_ceiling)
    return Breakdown(graph, engine.algorithms, images, threads, timing)


def compare(
    spec: Specification,
    graph: Graph,
    counts: Sequence[int],
    steps: int,
    notify: Notify,
    *,
    forward: bool,
) -> Comparison:
    """Whole steps on each number of threads; notify: as for `break_down`."""
    images = spec.train.batch_size
    batch = noise(images, graph.image, graph.classes)

    def whole(engine: Engine) -> Callable[[], None]:
        passes, update = _step(engine, spec.train, batch, forward)

        def step() -> None:
            passes()
            if update:
                update()

        return step

    with ExitStack() as stack:
        engines = [stack.enter_context(_engine(spec, graph, threads, notify)) for threads in counts]
        series = take_turns([whole(engine) for engine in engines], steps)
    return Comparison(images, not forward, dict(zip(counts, series, strict=True)))


def _engine(
    spec: Specification, graph: Graph, threads: int, notify: Notify, probe: Probe | None = None
) -> Engine:
    settings, profile = spec.train, machine_profile()
    algorithms = choose_for(
        graph, settings.kernels, settings.batch_size, threads, profile, settings.loss, notify
    )
    return Engine(
        graph,
        threads=threads,
        seed=settings.seed,
        algorithms=algorithms,
        profile=profile,
        probe=probe,
        notify=notify,
    )


def _step(
    engine: Engine, settings: TrainSpec, batch: Batch, forward: bool
) -> tuple[Callable[[], object], Callable[[], object] | None]:
    """The passes of a step, and the optimizer's part if it trains."""
    if forward:
        return lambda: engine.scores(batch), None
    return _training(engine, settings, batch)


def _training(
    engine: Engine, settings: TrainSpec, batch: Batch
) -> tuple[Callable[[], object], Callable[[], object]]:
    """The passes of a training step, and the optimizer's part.

    The learning rate is 0: every step does the same work on the same numbers.
    """
    loss = settings.loss
    parameters = engine.parameters.vector
    optimizer = OptimizerState(settings.optimizer, parameters.size)
    groups = ParameterGroups(engine.graph, settings, engine.parameters.slices)
    frozen = groups.frozen(0)
    segments = groups.segments(frozen)

    def update() -> None:
        clip(engine, settings.clip_norm)
        gradient = engine.gradient
        engine.parallel(
            lambda part: optimizer.update(parameters, gradient, segments, part, 0.0, 1),
            parameters.size,
        )

    return lambda: engine.gradients(batch, loss, 0, frozen), update
