"""Averages of weights over steps, against their formulas in float64."""

import numpy as np
import pytest

from cnncli.optim.averages import AverageState, Ema, Lookahead

STEPS = 20


def vectors():
    """A network's parameters and state, by the names of their averages."""
    rng = np.random.default_rng(0)
    return {
        name: rng.standard_normal(size).astype(np.float32)
        for name, size in (("average", 5), ("average_state", 2))
    }


def in_two_parts(task, size):
    task(slice(0, 2))
    task(slice(2, size))


def walk(rule):
    """Drifting weights, and after each step (weights, average) by the average's own account."""
    held = vectors()
    average, w = AverageState(rule, held, in_two_parts), held["average"]
    drift = np.random.default_rng(1).standard_normal((STEPS, 5)).astype(np.float32)
    seen = [(w.copy(), average.slots["average"].copy())]
    for step in range(1, STEPS + 1):
        w += drift[step - 1]
        average.update(step, STEPS)
        seen.append((w.copy(), average.slots["average"].copy()))
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
    held = vectors()
    average = AverageState(Ema(), held, in_two_parts)
    held["average"] += 1
    held["average_state"] -= 1
    now = {name: vector.copy() for name, vector in held.items()}
    with average.in_place():
        for name, vector in held.items():
            np.testing.assert_array_equal(vector, average.slots[name])
            assert not np.array_equal(vector, now[name])
    for name, vector in held.items():
        np.testing.assert_array_equal(vector, now[name])


def test_without_an_average_nothing_is_kept_and_nothing_changes():
    held = vectors()
    average, before = AverageState(None, held, in_two_parts), held["average"].copy()
    average.update(5, 10)
    with average.in_place():
        np.testing.assert_array_equal(held["average"], before)
    assert average.slots == {}
