"""The estimate of a run's time: from the fastest of some steps, without a trace."""

import shlex

import numpy as np
import pytest

from cnncli.engine.engine import StepResult
from cnncli.training.tools import estimate as module
from cnncli.training.tools.estimate import StepTime, estimate, time_step


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
        (1, [0.06, 0.03, 0.02], 0.02 * (1 + 0.4 * 12)),
        (1, [0.06, 0.05], 0.05 * (1 + 0.4 * 12)),
        (10, [3.0, 2.0], 2 * (10 + 0.4 * (12 + 7))),
        (21, [3.0, 1.0, 2.0], 1 * (21 + 0.4 * (12 + 3 * 7))),
    ],
)
def test_the_arithmetic(steps_of, steps, seconds, expected):
    """359 test images are 12 batches of 32, 200 held out images are 7, an epoch is 7 steps."""
    assert estimate(steps_of(*seconds), steps).seconds == pytest.approx(expected)


@pytest.mark.parametrize(("enough", "runs"), [(10.0, 3), (2.5, 2), (0.5, 1)])
def test_no_more_steps_than_enough(monkeypatch, enough, runs):
    now, done = [0.0], []

    def step():
        done.append(now[0])
        now[0] += 2.0 - 0.5 * len(done)

    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    found = time_step(step, 100, enough)
    assert (len(done), found.seconds) == (runs, 2.0 - 0.5 * runs)


def test_short_steps_are_named():
    """By what a thread computes, however long it waits for the others; never for one thread."""
    assert StepTime(0.2, 0.020).remark(2, "net.yaml") == ""
    assert StepTime(0.2, 0.019).remark(1, "net.yaml") == ""
    remark = StepTime(0.2, 0.019).remark(4, "my net.yaml")
    assert shlex.split(remark.split("`")[1]) == [
        "cnn", "time", "my net.yaml", "--threads", "1,4",
    ]  # fmt: skip
