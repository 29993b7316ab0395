"""The estimate of a run's time: from the fastest of some steps, without a trace."""

import numpy as np
import pytest

from cnncli.engine.engine import StepResult
from cnncli.training.tools import estimate as module
from cnncli.training.tools.estimate import estimate


def test_nothing_changes(open_session):
    """Neither parameters nor the running statistics of batch normalisation."""
    session = open_session()
    before = {name: array.copy() for name, array in session.checkpoint().arrays.items()}
    assert any(name.startswith("state/") for name in before)
    assert estimate(session, 21).seconds > 0
    for name, array in session.checkpoint().arrays.items():
        np.testing.assert_array_equal(array, before[name], err_msg=name)
    assert session.progress.step == 0


@pytest.fixture
def steps_of(open_session, monkeypatch):
    """steps_of(seconds of each step...) -> a session whose steps take so long."""

    def make(*seconds):
        session = open_session()
        now, steps = [100.0], iter(seconds)

        def gradients(batch, loss, step, frozen):
            now[0] += next(steps)
            return StepResult(len(batch), 0.0, 0)

        monkeypatch.setattr(session.engine, "gradients", gradients)
        monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
        return session

    return make


@pytest.mark.parametrize(
    ("steps", "seconds", "expected"),
    [
        (1, [2.0], 2 * (1 + 0.4 * 12)),
        (9, [2.0], 2 * (9 + 0.4 * (12 + 7))),
        (10, [3.0, 2.0], 2 * (10 + 0.4 * (12 + 7))),
        (21, [3.0, 1.0, 2.0], 1 * (21 + 0.4 * (12 + 3 * 7))),
    ],
)
def test_the_arithmetic(steps_of, steps, seconds, expected):
    """359 test images are 12 batches of 32, 200 held out images are 7, an epoch is 7 steps."""
    assert estimate(steps_of(*seconds), steps).seconds == pytest.approx(expected)
