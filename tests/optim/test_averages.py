"""Averages of weights over steps, against their formulas in float64."""

from types import SimpleNamespace

import numpy as np
import pytest

from cnncli.optim.average_fields import Ema, Lookahead
from cnncli.optim.averages import Average

STEPS = 20


def engine(size=5):
    rng = np.random.default_rng(0)
    parameters, state = (
        SimpleNamespace(vector=rng.standard_normal(n).astype(np.float32)) for n in (size, 2)
    )
    parallel = lambda task, size: [task(slice(0, 2)), task(slice(2, size))]  # noqa: E731
    return SimpleNamespace(parameters=parameters, state=state, parallel=parallel)


def walk(spec):
    """Drifting weights, and after each step (weights, average) by the average's own account."""
    held = engine()
    average = Average(spec, held)
    drift = np.random.default_rng(1).standard_normal((STEPS, 5)).astype(np.float32)
    seen = [(held.parameters.vector.copy(), average.slots["average"].copy())]
    for step in range(1, STEPS + 1):
        held.parameters.vector += drift[step - 1]
        average.update(step, STEPS)
        seen.append((held.parameters.vector.copy(), average.slots["average"].copy()))
    return drift.astype(np.float64), seen


def test_ema():
    drift, seen = walk(Ema(decay=0.7, every=2))
    w = slow = seen[0][0].astype(np.float64)
    for step in range(1, STEPS + 1):
        w = w + drift[step - 1]
        if step % 2 == 0:
            t = step // 2
            d = min(0.7, (1 + t) / (10 + t))
            slow = d * slow + (1 - d) * w
        np.testing.assert_allclose(seen[step][0], w, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(seen[step][1], slow, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("rise", [0, 3])
def test_lookahead(rise):
    drift, seen = walk(Lookahead(alpha=0.4, every=5, rise=rise))
    w = slow = seen[0][0].astype(np.float64)
    for step in range(1, STEPS + 1):
        w = w + drift[step - 1]
        if step % 5 == 0:
            alpha = 1 - 0.6 * (step / STEPS) ** rise
            slow = slow + alpha * (w - slow)
            w = slow
        np.testing.assert_allclose(seen[step][0], w, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(seen[step][1], slow, rtol=1e-5, atol=1e-5)


def test_the_average_is_in_place_only_inside():
    held = engine()
    average = Average(Ema(), held)
    held.parameters.vector += 1
    held.state.vector -= 1
    now = held.parameters.vector.copy(), held.state.vector.copy()
    with average.in_place():
        np.testing.assert_array_equal(held.parameters.vector, average.slots["average"])
        np.testing.assert_array_equal(held.state.vector, average.slots["average_state"])
        assert not np.array_equal(held.parameters.vector, now[0])
    np.testing.assert_array_equal(held.parameters.vector, now[0])
    np.testing.assert_array_equal(held.state.vector, now[1])


def test_without_an_average_nothing_is_kept_and_nothing_changes():
    held = engine()
    average, before = Average(None, held), held.parameters.vector.copy()
    average.update(5, 10)
    with average.in_place():
        np.testing.assert_array_equal(held.parameters.vector, before)
    assert average.slots == {}
