"""Whole networks beside PyTorch: a training step, and the scores alone."""

from collections.abc import Callable, Iterator
from statistics import median

from . import contestants
from .agreement import check_agreement
from .networks import engine_for, network, noise
from .options import Options
from .turns import digits, fastest, spread, table, timed, turns


def step(options: Options) -> Iterator[str]:
    """A training step of every network."""
    yield "## Training step"
    yield ""
    yield (
        f"Forward, backward and SGD with momentum on {options.batch} images of 32x32x3, float32, "
        f"{options.threads} threads. Milliseconds: median of {options.rounds} (quartiles)."
    )
    yield from _compared(options, contestants.training)


def forward(options: Options) -> Iterator[str]:
    """The scores of every network, in evaluation mode."""
    yield "## Forward only"
    yield ""
    yield (
        f"Class scores of {options.batch} images in evaluation mode (PyTorch: `eval()`, "
        f"`no_grad()`), {options.threads} threads. Milliseconds: median of {options.rounds} "
        "(quartiles)."
    )
    yield from _compared(options, contestants.forward)


def _compared(options: Options, steps_of: Callable[..., dict]) -> Iterator[str]:
    rows = []
    names: list[str] = []
    modes = contestants.EAGER | (contestants.COMPILED if options.compile else {})
    for name in options.networks:
        graph = network(name)
        batch = noise(graph, options.batch)
        with engine_for(graph, options.batch, options.threads) as engine:
            check_agreement(graph, engine, batch)
            steps = steps_of(graph, engine, batch, modes)
            times = turns({key: timed(one) for key, one in steps.items()}, options.rounds)
        names = list(times)
        ratio = fastest(times, "PyTorch") / median(times["cnn"])
        rows.append([f"`{name}`", *map(spread, times.values()), digits(ratio)])
    yield ""
    yield from table(["network", *names, "fastest PyTorch / cnn"], rows)
