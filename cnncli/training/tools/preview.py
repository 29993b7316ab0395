"""What a run will do, epoch by epoch, before it does it."""

from collections.abc import Iterator
from typing import NamedTuple

from cnncli.optim.schedules import learning_rate
from cnncli.training.session import Session


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
