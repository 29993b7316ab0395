"""`cnn time`: how long each layer of a network takes."""

from collections.abc import Callable
from pathlib import Path

import click

from cnncli.check.check import check
from cnncli.check.rules import check_memory
from cnncli.config.train import TrainSpec
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.batch import Batch
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import Clock, noise, time_steps
from cnncli.machine import available_threads
from cnncli.optim.base import OptimizerState
from cnncli.report.timing.breakdown import Breakdown
from cnncli.report.timing.output import timing_json, timing_text
from cnncli.training.gradients import clip
from cnncli.training.parameter_groups import ParameterGroups

from .echo import echo, say
from .options import (
    AT_LEAST_ONE,
    PATH,
    kernels_option,
    set_option,
    threads_option,
    train_overrides,
)


@click.command("time")
@click.argument("config", type=PATH)
@click.option("--batch", type=AT_LEAST_ONE, help="Images in a step.")
@threads_option
@click.option("--steps", type=AT_LEAST_ONE, default=10, show_default=True, help="Steps to time.")
@kernels_option
@click.option("--forward", is_flag=True, help="Evaluate only; do not train.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON.")
@set_option
def time_command(
    config: Path,
    batch: int | None,
    threads: int | None,
    steps: int,
    kernels: str | None,
    forward: bool,
    as_json: bool,
    overrides: tuple[str, ...],
) -> None:
    """Time the training step of a network, layer by layer.

    The images are noise, so the data set is not needed. Each layer is shown with the median of
    its times forward and backward, its speed, and what share that is of a large matrix product's.

    \b
    cnn time configs/vgg.yaml
    cnn time configs/vgg.yaml --batch 32 --threads 1 --kernels direct
    cnn time configs/vgg.yaml --forward
    """
    given = train_overrides(batch_size=batch, threads=threads, kernels=kernels)
    checked = check(config, [*overrides, *given])
    spec, graph = checked.network()
    settings = spec.train
    for problem in checked.problems:
        say(f"warning: {problem}")
    images, workers = settings.batch_size, settings.threads or available_threads()
    check_memory(spec, graph, images)
    algorithms = choose(graph, settings.kernels, -(-images // workers))
    clock, batch_of_noise = Clock(graph, workers), noise(images, graph.image, graph.classes)
    with Engine(
        graph,
        threads=workers,
        seed=settings.seed,
        algorithms=algorithms,
        probe=clock.probe,
        notify=say,
    ) as engine:
        timing = (
            time_steps(engine, clock, lambda: engine.scores(batch_of_noise), None, steps)
            if forward
            else time_steps(engine, clock, *_training(engine, settings, batch_of_noise), steps)
        )
    found = Breakdown(graph, algorithms, images, workers, timing)
    title = f"{config}: {spec.name}"
    echo(timing_json(str(config), spec.name, found) if as_json else timing_text(title, found))


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
