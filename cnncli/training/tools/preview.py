"""What a run will do, epoch by epoch, and how long it may take, before it does it."""

import time
from collections.abc import Iterator
from typing import NamedTuple

from cnncli.optim.schedules import learning_rate
from cnncli.training.session import Session, views_for


class Epoch(NamedTuple):
    """The steps of an epoch, counted from 1, with their learning rates and what is frozen."""

    number: int
    first: int
    last: int
    rates: tuple[float, ...]
    frozen: tuple[str, ...]
    """Arrays that do not change in any of its steps."""


def timetable(session: Session) -> Iterator[Epoch]:
    """Every epoch of the run."""
    train, steps = session.spec.train, session.train.steps
    for epoch in range(train.epochs):
        at = range(epoch * steps, (epoch + 1) * steps)
        rates = (
            learning_rate(train.schedule, train.optimizer.lr, step, steps, session.total_steps)
            for step in at
        )
        frozen = set.intersection(*(set(session.treatments.frozen(step / steps)) for step in at))
        in_order = (name for name in session.treatments.of_arrays if name in frozen)
        yield Epoch(epoch + 1, at.start + 1, at.stop, tuple(rates), tuple(in_order))


_FORWARD_SHARE = 0.4
"""Evaluation of an image against a training step's time for it."""


def estimated_seconds(session: Session, steps: int) -> float:
    """Seconds for that many more steps, with the evaluations in between and at the end.

    Runs up to three steps on the first batch; no parameter changes, and the running statistics
    are put back.
    """
    engine = session.engine
    batch = session.train.batch(0, 0)
    state = engine.state.vector.copy()
    frozen = session.treatments.frozen(session.progress.step / session.train.steps)
    times = []
    for _ in range(min(3, 1 + steps // 10)):
        began = time.perf_counter()
        session.accumulation.gradients(batch, session.loss, 0, frozen)
        times.append(time.perf_counter() - began)
    engine.state.vector[:] = state
    a_step = min(times)
    evaluated = session.test.steps * len(views_for(session.spec))
    if session.validation:
        evaluated += session.validation.steps * (steps // session.train.steps)
    return a_step * (steps + _FORWARD_SHARE * evaluated)
