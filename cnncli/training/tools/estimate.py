"""How long a run will take, from a few steps that leave no trace."""

import time

from cnncli.training.session import Session, views_for

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
