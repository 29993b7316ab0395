"""The engine on networks with branches: gradients, thread counts, repeatability, memory."""

import numpy as np
import pytest

from cnncli.config.load import load
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.geometry import Volume
from cnncli.graph.build import build

SIZE, CLASSES = Volume(7, 5, 3), 4

# an output that is read four times, images that are read three times, joins of joins
NETWORK = """
architecture:
  - input
  - conv: {K: 6}
  - bn
  - tanh: {}
    name: trunk
  - conv: {K: 6}
  - silu
  - add: {}
    name: sum
    from: [-1, trunk]
  - gelu: {}
    name: smooth
  - conv: {K: 2, F: 1}
    name: images
    from: input
  - concat: {}
    name: joined
    from: [sum, smooth, images, trunk, input]
  - layernorm
  - pool: {mode: average, F: 3}
  - sigmoid: {}
    name: left
  - pool: {mode: L2, F: 3}
    from: joined
    name: right
  - add: {}
    from: [left, right]
  - upsample
  - pad
  - lrn: {alpha: 0.1}
  - pool: {F: global, mode: average}
  - flatten
  - fc
"""


def batch(n, dtype):
    rng = np.random.default_rng(3)
    images = rng.standard_normal((n, SIZE.H, SIZE.W, SIZE.D)).astype(dtype)
    return Prepared(images, rng.integers(0, CLASSES, n))


def squared_error(scores, labels):
    """Half the squared distance from the unit vector of the label."""
    rest = scores - np.eye(CLASSES, dtype=scores.dtype)[labels]
    return float(np.sum(rest * rest) / 2), rest


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    path = tmp_path_factory.mktemp("branches") / "net.yaml"
    path.write_text(NETWORK)
    graph = build(load(path), SIZE, CLASSES)
    graph.check()
    return graph


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_gradient_of_a_network(graph, threads):
    """Numeric derivative of the mean loss along random directions, in float64."""
    data = batch(7, np.float64)
    with Engine(graph, threads=threads, seed=1, dtype=np.float64) as engine:
        start = engine.parameters.vector.copy()
        engine.gradients(data, squared_error, step=5)
        gradient = engine.gradient.copy()
        for seed in range(3):
            v = np.random.default_rng(seed).standard_normal(start.size)
            losses = []
            for h in (1e-5, -1e-5):
                engine.parameters.vector[:] = start + h * v
                losses.append(engine.gradients(data, squared_error, step=5).loss_sum / 7)
            numeric = (losses[0] - losses[1]) / 2e-5
            np.testing.assert_allclose(gradient @ v, numeric, rtol=1e-6, atol=1e-8)


def test_every_parameter_has_its_own_derivative(graph):
    """No part of the gradient is missing, or counted twice."""
    data = batch(3, np.float64)
    with Engine(graph, threads=1, seed=1, dtype=np.float64) as engine:
        engine.gradients(data, squared_error, step=0)
        gradient = engine.gradient.copy()
        start = engine.parameters.vector.copy()
        for part in engine.parameters.slices.values():
            for at in {part.start, part.stop - 1}:
                losses = []
                for h in (1e-5, -1e-5):
                    engine.parameters.vector[:] = start
                    engine.parameters.vector[at] += h
                    losses.append(engine.gradients(data, squared_error, step=0).loss_sum / 3)
                numeric = (losses[0] - losses[1]) / 2e-5
                np.testing.assert_allclose(gradient[at], numeric, rtol=1e-5, atol=1e-8)


def _after_steps(graph, threads, steps=4, n=10):
    """Parameters, state and scores after some steps of plain gradient descent."""
    data = batch(n, np.float32)
    with Engine(graph, threads=threads, seed=2) as engine:
        for step in range(steps):
            engine.gradients(data, squared_error, step)
            engine.parameters.vector -= 0.05 * engine.gradient
        return engine.parameters.vector, engine.state.vector, engine.scores(data)


def test_thread_counts_agree(graph):
    one = _after_steps(graph, 1)
    for threads in (2, 3):
        for ours, theirs in zip(_after_steps(graph, threads), one, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("threads", [1, 2])
def test_same_seed_same_bits(graph, threads):
    first, second = (_after_steps(graph, threads) for _ in range(2))
    for ours, theirs in zip(first, second, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_no_new_memory_after_the_first_steps(graph):
    data = batch(10, np.float32)
    with Engine(graph, threads=2, seed=0) as engine:
        for step in range(3):
            engine.gradients(data, squared_error, step)
            engine.scores(data)
        before = [workspace.allocated for workspace in engine._workspaces]
        for step in range(5):
            engine.gradients(data, squared_error, step)
            engine.scores(data)
        assert [workspace.allocated for workspace in engine._workspaces] == before


def test_an_output_added_to_itself(tmp_path):
    """It is doubted, but computed: the scores and their gradient are those of twice the volume."""
    path = tmp_path / "twice.yaml"
    path.write_text("architecture: INPUT - TANH - ADD(from=[-1, -1]) - FC")
    graph = build(load(path), SIZE, CLASSES)
    data = batch(3, np.float64)
    with Engine(graph, threads=1, seed=0, dtype=np.float64) as engine:
        rows = 2 * np.tanh(data.array).reshape(3, -1)
        weights = engine.parameters.views["fc1.W"]
        np.testing.assert_allclose(engine.scores(data), rows @ weights, rtol=1e-12)
        engine.gradients(data, squared_error, 0)
        _, rest = squared_error(rows @ weights, data.labels)
        got = engine.gradient[engine.parameters.slices["fc1.W"]].reshape(weights.shape)
        np.testing.assert_allclose(got, rows.T @ rest / 3, rtol=1e-10, atol=1e-12)
