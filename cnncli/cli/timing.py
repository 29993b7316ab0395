"""`cnn time`: how long each layer of a network takes, or a step on several numbers of threads."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click

from cnncli.bounds import MAX_THREADS
from cnncli.check.check import check
from cnncli.check.rules import check_memory
from cnncli.config.specification import Specification
from cnncli.config.train import TrainSpec
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.batch import Batch
from cnncli.engine.engine import Engine
from cnncli.engine.execution_plan import Probe
from cnncli.engine.probes.timing import Clock, noise, take_turns, time_steps
from cnncli.graph.network import Graph
from cnncli.machine import available_threads
from cnncli.optim.base import OptimizerState
from cnncli.report.timing.breakdown import Breakdown
from cnncli.report.timing.output import timing_json, timing_text
from cnncli.report.timing.thread_counts import Comparison, comparison_json, comparison_text
from cnncli.training.gradients import clip
from cnncli.training.parameter_groups import ParameterGroups

from .echo import echo, say, show
from .options import (
    AT_LEAST_ONE,
    config_argument,
    kernels_option,
    set_option,
    train_overrides,
    wide_option,
)


class ThreadCounts(click.IntRange):
    """Numbers of threads with commas between them; each once, in their order."""

    name = "integer"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Raises BadParameter for what is no such number, or too large a one."""
        of_one, parts = super().convert, list[Any](str(value).split(","))
        return tuple(dict.fromkeys(of_one(part, param, ctx) for part in parts))


@click.command("time")
@config_argument
@click.option("--batch", type=AT_LEAST_ONE, help="Images in a step.")
@click.option(
    "--threads",
    "counts",
    type=ThreadCounts(1, MAX_THREADS),
    metavar="NUMBER,...",
    help="Threads that compute; several, as in 1,2, are compared.",
)
@click.option("--steps", type=AT_LEAST_ONE, default=10, show_default=True, help="Steps to time.")
@kernels_option
@click.option("--forward", is_flag=True, help="Evaluate only; do not train.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@set_option
@wide_option
def time_command(
    config: Path,
    batch: int | None,
    counts: tuple[int, ...] | None,
    steps: int,
    kernels: str | None,
    forward: bool,
    as_json: bool,
    overrides: tuple[str, ...],
) -> None:
    """Time the training step of a network, layer by layer.

    The images are noise, so the data set is not needed. Each layer is shown with the median of
    its times forward and backward, its speed, and what share that is of a large matrix product's.
    With several numbers of threads, whole steps are timed on each, taking turns.

    \b
    cnn time configs/vgg.yaml
    cnn time configs/vgg.yaml --batch 32 --threads 1 --kernels direct
    cnn time configs/vgg.yaml --forward
    cnn time configs/digits.yaml --threads 1,2
    """
    given = train_overrides(
        batch_size=batch, threads=max(counts) if counts else None, kernels=kernels
    )
    checked = check(config, [*overrides, *given])
    spec, graph = checked.network()
    for problem in checked.problems:
        say(f"warning: {problem}")
    check_memory(spec, graph, spec.train.batch_size)
    counts = counts or (spec.train.threads or available_threads(),)
    title = f"{config}: {spec.name}"
    if len(counts) > 1:
        compared = _compare(spec, graph, counts, steps, forward=forward)
        if as_json:
            echo(comparison_json(str(config), spec.name, compared))
        else:
            show(comparison_text(title, compared))
        return
    found = _break_down(spec, graph, counts[0], steps, forward=forward)
    if as_json:
        echo(timing_json(str(config), spec.name, found))
    else:
        show(timing_text(title, found))


def _break_down(
    spec: Specification, graph: Graph, threads: int, steps: int, *, forward: bool
) -> Breakdown:
    """Steps on so many threads, layer by layer."""
    images, clock = spec.train.batch_size, Clock(graph, threads)
    with _engine(spec, graph, threads, clock.probe) as engine:
        passes, update = _step(
            engine, spec.train, noise(images, graph.image, graph.classes), forward
        )
        timing = time_steps(engine, clock, passes, update, steps)
    return Breakdown(graph, engine.algorithms, images, threads, timing)


def _compare(
    spec: Specification, graph: Graph, counts: Sequence[int], steps: int, *, forward: bool
) -> Comparison:
    """Whole steps on each number of threads."""
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
        engines = [stack.enter_context(_engine(spec, graph, threads)) for threads in counts]
        series = take_turns([whole(engine) for engine in engines], steps)
    return Comparison(images, not forward, dict(zip(counts, series, strict=True)))


def _engine(spec: Specification, graph: Graph, threads: int, probe: Probe | None = None) -> Engine:
    settings = spec.train
    return Engine(
        graph,
        threads=threads,
        seed=settings.seed,
        algorithms=choose(graph, settings.kernels, -(-settings.batch_size // threads)),
        probe=probe,
        notify=say,
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
