"""How long a run may take, from the time of some of its steps."""

import time
from collections.abc import Callable
from math import inf
from typing import NamedTuple

from cnncli.engine.parallel.world import ALONE, World
from cnncli.text import in_shell
from cnncli.training.session import Session, views_for

FORWARD_SHARE = 0.4
"""Evaluation of an image against a training step's time for it."""
_SHORT = 0.020
"""Seconds of work: where a thread has less in a step, waiting for the others may take longer."""
_LITTLE = 0.1
"""Seconds that nobody minds before a run."""


class StepTime(NamedTuple):
    """Seconds that a step takes, and those for which its first thread computes."""

    seconds: float
    work: float

    def remark(self, threads: int, file: str) -> str:
        """What may be faster where steps are short, for a second line; empty where they are not."""
        if threads == 1 or self.work >= _SHORT:
            return ""
        command = f"cnn time {in_shell(file)} --threads 1,{threads}"
        return f"\nsteps are short: one thread may be faster here; `{command}` compares"


class Estimate(NamedTuple):
    """Seconds that a run has still to go, with the evaluations; and of a step."""

    seconds: float
    step: StepTime


def estimate(session: Session, steps: int) -> Estimate:
    """Of that many more steps, with the evaluations in between and at the end.

    Runs up to three steps on the first batch; no parameter changes, and the running statistics
    are put back.
    """
    engine, batch = session.engine, session.train.batch(0, 0)
    state = engine.state.vector.copy()
    frozen = session.groups.frozen(session.progress.step / session.train.steps)
    step = time_step(
        lambda: session.accumulation.gradients(batch, session.loss, 0, frozen),
        steps,
        world=engine.world,
    )
    engine.state.vector[:] = state
    evaluated = session.test.steps * len(views_for(session.spec))
    if session.validation:
        evaluated += session.validation.steps * (steps // session.train.steps)
    return Estimate(step.seconds * (steps + FORWARD_SHARE * evaluated), step)


def time_step(
    step: Callable[[], object], steps: int, enough: float = inf, world: World = ALONE
) -> StepTime:
    """The fastest of up to three, of a run of so many; no more when they took `enough` seconds.

    The first one takes longer, so that of short ones more are timed however few the run has.
    """
    times: list[tuple[float, float]] = []
    taken = 0.0

    def goes_on() -> bool:
        is_short = len(times) < 1 + steps // 10 or taken < _LITTLE
        return len(times) < 3 and is_short and taken < enough

    while world.first(goes_on):  # all ranks do as many steps as the first
        began, worked = time.perf_counter(), time.thread_time()
        step()
        times.append((time.perf_counter() - began, time.thread_time() - worked))
        taken += times[-1][0]
    return StepTime(*map(min, zip(*times, strict=True)))
