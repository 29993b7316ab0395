"""The engine on a chain and on branches: gradients, thread counts, repeatability, memory."""

import hashlib

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.parallel.processes import CAN_FORK
from tests.engine.networks import CASES, CLASSES, SIZE, batch, squared_error
from tests.graph.handmade import graph_of


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_gradient_of_a_network(case, threads):
    """Numeric derivative of the mean loss along random directions, in float64."""
    graph, loss, h = case
    data = batch(7, np.float64)
    with Engine(graph, threads=threads, seed=1, dtype=np.float64) as engine:
        start = engine.parameters.vector.copy()
        engine.gradients(data, loss, step=5)
        gradient = engine.gradient.copy()
        for seed in range(3):
            v = np.random.default_rng(seed).standard_normal(start.size)
            losses = []
            for sign in (1, -1):
                engine.parameters.vector[:] = start + sign * h * v
                losses.append(engine.gradients(data, loss, step=5).loss_sum / 7)
            numeric = (losses[0] - losses[1]) / (2 * h)
            np.testing.assert_allclose(gradient @ v, numeric, rtol=1e-6, atol=1e-8)


def test_every_parameter_has_its_own_derivative():
    """No part of the gradient is missing, or counted twice."""
    graph, loss, h = CASES["branches"]
    data = batch(3, np.float64)
    with Engine(graph, threads=1, seed=1, dtype=np.float64) as engine:
        engine.gradients(data, loss, step=0)
        gradient = engine.gradient.copy()
        start = engine.parameters.vector.copy()
        for part in engine.parameters.slices.values():
            for at in {part.start, part.stop - 1}:
                losses = []
                for sign in (1, -1):
                    engine.parameters.vector[:] = start
                    engine.parameters.vector[at] += sign * h
                    losses.append(engine.gradients(data, loss, step=0).loss_sum / 3)
                numeric = (losses[0] - losses[1]) / (2 * h)
                np.testing.assert_allclose(gradient[at], numeric, rtol=1e-5, atol=1e-8)


def _after_steps(case, threads, fork=CAN_FORK, steps=4, n=10):
    """Loss, parameters, state and scores after some steps of plain gradient descent."""
    with Engine(case.graph, threads=threads, seed=2, fork=fork) as engine:
        for step in range(steps):
            result = engine.gradients(batch(n), case.loss, step)
            engine.parameters.vector -= 0.05 * engine.gradient
        scores = engine.scores(batch(n))
        return result.loss_sum, engine.parameters.vector, engine.state.vector, scores


def test_thread_counts_agree(case):
    one = _after_steps(case, 1)
    for threads in (2, 3, 16):
        other = _after_steps(case, threads)
        np.testing.assert_allclose(other[0], one[0], rtol=1e-5)
        for ours, theirs in zip(other[1:], one[1:], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def _digest(case, threads, fork):
    arrays = _after_steps(case, threads, fork)[1:]
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).digest()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_same_seed_same_bits(case, threads):
    """In processes and in threads."""
    digests = {_digest(case, threads, fork) for fork in (CAN_FORK, CAN_FORK, False)}
    assert len(digests) == 1


@pytest.mark.parametrize("fork", [CAN_FORK, False])
def test_no_new_memory_after_the_first_steps(case, fork):
    with Engine(case.graph, threads=2, seed=0, fork=fork) as engine:
        allocated = []
        for step in range(8):
            engine.gradients(batch(10), case.loss, step)
            engine.scores(batch(10))
            allocated.append([workspace.allocated for workspace in engine._workspaces])
        assert allocated[-1] == allocated[2]


def test_an_output_added_to_itself():
    """It is doubted, but computed: the scores and their gradient are those of twice the volume."""
    graph = graph_of("INPUT - TANH - ADD(from=[-1, -1]) - FC", SIZE, CLASSES)
    data = batch(3, np.float64)
    with Engine(graph, threads=1, seed=0, dtype=np.float64) as engine:
        rows = 2 * np.tanh(data.array).reshape(3, -1)
        weights = engine.parameters.views["fc1.W"]
        np.testing.assert_allclose(engine.scores(data), rows @ weights, rtol=1e-12)
        engine.gradients(data, squared_error, 0)
        _, rest = squared_error(rows @ weights, data.labels)
        got = engine.gradient[engine.parameters.slices["fc1.W"]].reshape(weights.shape)
        np.testing.assert_allclose(got, rows.T @ rest / 3, rtol=1e-10, atol=1e-12)
