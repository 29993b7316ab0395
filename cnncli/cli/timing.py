"""`cnn time`: how long each layer of a network takes."""

from collections.abc import Callable
from pathlib import Path

import click

from cnncli.check.preparation import checked_graph
from cnncli.config.load import load
from cnncli.config.train import TrainSpec
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.batch import Batch
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import Clock, noise, time_steps, timed
from cnncli.machine import available_threads
from cnncli.optim.losses import make_loss
from cnncli.optim.update import make_optimizer
from cnncli.report.timing.breakdown import Breakdown
from cnncli.report.timing.output import timing_json, timing_text
from cnncli.training.gradients import clip
from cnncli.training.parameter_groups import Treatments

from .options import PATH, set_option

AT_LEAST_ONE = click.IntRange(min=1)


@click.command("time")
@click.argument("config", type=PATH)
@click.option("--batch", type=AT_LEAST_ONE, help="Images in a step.")
@click.option("--threads", type=AT_LEAST_ONE, help="Threads that compute.")
@click.option("--steps", type=AT_LEAST_ONE, default=10, show_default=True, help="Steps to time.")
@click.option(
    "--kernels",
    type=click.Choice(["auto", "direct", "winograd", "measured"]),
    help="How convolutions are computed.",
)
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
    flags = {"batch_size": batch, "threads": threads, "kernels": kernels}
    given = [f"train.{name}={value}" for name, value in flags.items() if value is not None]
    spec = load(config, [*overrides, *given])
    graph, settings = checked_graph(spec), spec.train
    for problem in graph.problems:
        click.echo(f"warning: {problem}", err=True)
    images, workers = settings.batch_size, settings.threads or available_threads()
    algorithms = choose(graph, settings.kernels, -(-images // workers))
    clock, batch_of_noise = Clock(graph, workers), noise(images, graph.image, graph.classes)
    with Engine(
        timed(graph, clock), threads=workers, seed=settings.seed, algorithms=algorithms
    ) as engine:
        timing = (
            time_steps(engine, clock, lambda: engine.scores(batch_of_noise), None, steps)
            if forward
            else time_steps(engine, clock, *_training(engine, settings, batch_of_noise), steps)
        )
    found = Breakdown(graph, algorithms, images, workers, timing)
    title = f"{config}: {spec.name}"
    click.echo(timing_json(str(config), spec.name, found) if as_json else timing_text(title, found))


def _training(
    engine: Engine, settings: TrainSpec, batch: Batch
) -> tuple[Callable[[], object], Callable[[], object]]:
    """The passes of a training step, and the optimizer's part.

    The learning rate is 0: every step does the same work on the same numbers.
    """
    loss = make_loss(settings.loss)
    parameters = engine.parameters.vector
    optimizer = make_optimizer(settings.optimizer, parameters.size)
    treatments = Treatments(engine.graph, settings, engine.parameters.slices)
    frozen = treatments.frozen(0)
    segments = treatments.segments(frozen)

    def update() -> None:
        clip(engine, settings.clip_norm)
        gradient = engine.gradient
        engine.parallel(
            lambda part: optimizer.update(parameters, gradient, segments, part, 0.0, 1),
            parameters.size,
        )

    return lambda: engine.gradients(batch, loss, 0, frozen), update
