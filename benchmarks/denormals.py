"""What denormal numbers cost a training step: weights, gradients and slots of about 1e-40.

Such numbers take a slow path on some processors. `python -m benchmarks.denormals` needs no PyTorch.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import numpy as np

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.optim.base import Optimizer, OptimizerState
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.optim.sgd_adam import Adam, Sgd

from .networks import engine_for, network, noise, segments_of
from .options import Options, print_alone
from .turns import digits, spread, table, turns

TINY = 1e-40
"""Below 1.2e-38, the smallest normal number in float32."""
SGD, ADAM = Sgd(lr=1e-4, momentum=0.9, weight_decay=1e-4), Adam(lr=1e-4)


@dataclass(frozen=True)
class Case:
    """A step whose numbers are denormal somewhere."""

    name: str
    beside: str
    """The case without them."""
    optimizer: Optimizer = SGD
    weights: tuple[int, int | None] = (0, 0)
    """From which to which layer with weights these have a deviation of TINY."""
    gradient: float = 1.0
    """What the gradient of the loss is multiplied by."""
    slots: float = 0.0
    """The mean size of what the optimizer remembers."""


CASES = (
    Case("none", "none"),
    Case("the weights of all layers", "none", weights=(0, None)),
    Case("the weights of the second layer", "none", weights=(1, 2)),
    Case("the gradient of the loss", "none", gradient=TINY),
    Case("no gradient", "no gradient", gradient=0.0),
    Case("no gradient, velocity left over", "no gradient", gradient=0.0, slots=TINY),
    Case("no gradient, Adam", "no gradient, Adam", ADAM, gradient=0.0),
    Case(
        "no gradient, Adam's slots left over", "no gradient, Adam", ADAM, gradient=0.0, slots=TINY
    ),
)


class Times(NamedTuple):
    """Milliseconds of processor time: what else runs on the machine disturbs it less."""

    passes: float
    update: float


def denormals(options: Options) -> Iterator[str]:
    """Every case of every network, beside the same without denormal numbers."""
    yield "## Denormal numbers"
    yield ""
    yield (
        f"Our training step on {options.batch} images, {options.threads} threads, where numbers "
        f"of about {TINY:.0e} are in it. Milliseconds of processor time, all threads together: "
        f"median of {options.rounds} (quartiles). "
        "Behind a layer whose weights are so small, all outputs are, up to the next batch "
        "normalisation. The last column compares whole steps, with none or with no gradient."
    )
    yield ""
    rows = []
    for name in options.networks:
        graph = network(name)
        batch = noise(graph, options.batch)
        with engine_for(graph, options.batch, options.threads, fork=False) as engine:
            steps = {case.name: _step(engine, batch, case) for case in CASES}
            times = turns(steps, options.rounds)
        whole = {key: median(map(sum, found)) for key, found in times.items()}
        for case in CASES:
            cells = [spread(column) for column in zip(*times[case.name], strict=True)]
            ratio = digits(whole[case.name] / whole[case.beside])
            rows.append([f"`{name}`", case.name, *cells, ratio])
    yield from table(["network", "denormal", "passes", "optimizer", "ratio"], rows)


def _step(engine: Engine, batch: Prepared, case: Case) -> Callable[[], Times]:
    """A step, timed right behind one that is not; each begins with the same numbers."""
    parameters, loss = engine.parameters.vector, SoftmaxCrossEntropy()
    weights = [name for name in engine.parameters.views if name.endswith(".W")]
    optimizer = OptimizerState(case.optimizer, parameters.size)
    segments = segments_of(engine, case.optimizer)
    start = parameters.copy()
    noise = np.random.default_rng(0).standard_normal(parameters.size)
    slots = (case.slots * np.abs(noise)).astype(np.float32)

    def prepare() -> None:
        np.copyto(parameters, start)
        for name in weights[slice(*case.weights)]:
            view = engine.parameters.views[name]
            view[...] = view * (TINY / view.std(dtype=np.float64))
        for slot in optimizer.slots.values():
            np.copyto(slot, slots)

    def scaled(scores: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
        loss_sum, dscores = loss(scores, labels)
        return loss_sum, (dscores * np.float64(case.gradient)).astype(dscores.dtype)

    def update(part: slice) -> None:
        optimizer.update(parameters, engine.gradient, segments, part, case.optimizer.lr, 1)

    def step() -> Times:
        prepare()
        began = time.process_time()
        engine.gradients(batch, scaled, 0)
        between = time.process_time()
        engine.parallel(update, parameters.size)
        return Times(1000 * (between - began), 1000 * (time.process_time() - between))

    def run() -> Times:
        step()
        taken = step()
        np.copyto(parameters, start)
        return taken

    return run


if __name__ == "__main__":
    print_alone(denormals, __doc__)
