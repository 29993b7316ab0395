"""The engine: evaluation, statistics, parallel tasks, how the weights start."""

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.problems import ConfigError
from tests.engine.networks import CASES, CLASSES, SIZE, batch, cross_entropy
from tests.graph.handmade import graph_of, layer, specification


def test_one_image_and_more_threads():
    with Engine(CASES["chain"].graph, threads=4, seed=0) as engine:
        result = engine.gradients(batch(1), cross_entropy, 0)
        assert result.images == 1
        assert np.isfinite(engine.gradient).all()
        assert engine.scores(batch(1)).shape == (1, 4)


def test_evaluation_uses_and_keeps_the_running_statistics():
    with Engine(graph_of("INPUT-BN-FC", SIZE, CLASSES), threads=2, seed=0) as engine:
        data = batch(8)
        before = engine.state.vector.copy()
        engine.scores(data)
        np.testing.assert_array_equal(engine.state.vector, before)
        engine.gradients(data, cross_entropy, 0)
        pixels = data.array.reshape(-1, 3).astype(np.float64)
        np.testing.assert_allclose(
            engine.state.views["batchnorm1.mean"], 0.1 * pixels.mean(0), atol=1e-7
        )
        np.testing.assert_allclose(
            engine.state.views["batchnorm1.var"], 0.9 + 0.1 * pixels.var(0, ddof=1), rtol=1e-5
        )


def test_a_final_softmax_is_left_to_the_loss():
    scores = []
    for architecture in ("INPUT-FC", "INPUT-FC-SOFTMAX"):
        with Engine(graph_of(architecture, SIZE, CLASSES), threads=1, seed=0) as engine:
            scores.append(engine.scores(batch(3)))
    np.testing.assert_array_equal(*scores)


def test_parallel_covers_the_vector():
    with Engine(CASES["chain"].graph, threads=3, seed=0) as engine:
        touched = np.zeros(1000, int)

        def task(part):
            touched[part] += 1

        engine.parallel(task, 1000)
        assert (touched == 1).all()


def test_an_invalid_network_is_refused():
    invalid = specification(layer("INPUT"), layer("POOL", F=20), layer("FC"))
    with pytest.raises(ConfigError):
        Engine(build(invalid, SIZE, CLASSES), threads=1, seed=0)


def test_initial_weights():
    architecture = "INPUT-FC-200-FC-300-FC(K=250, init=normal(0.01))-FC"
    network = graph_of(architecture, Volume(9, 7, 30), CLASSES)
    with Engine(network, threads=1, seed=0) as engine:
        views = engine.parameters.views
        np.testing.assert_allclose(views["fc1.W"].std(), np.sqrt(2 / 1890), rtol=0.02)
        np.testing.assert_allclose(views["fc3.W"].std(), 0.01, rtol=0.02)
        assert not views["fc1.b"].any()
        assert not np.array_equal(views["fc1.W"].ravel()[:100], views["fc2.W"].ravel()[:100])


def test_xavier_for_the_file():
    network = graph_of("INPUT-FC-300-FC", SIZE, CLASSES, more="train: {init: xavier}\n")
    with Engine(network, threads=1, seed=0) as engine:
        weights = engine.parameters.views["fc1.W"]
        limit = np.sqrt(6 / (189 + 300))
        assert np.abs(weights).max() <= limit
        np.testing.assert_allclose(weights.std(), limit / np.sqrt(3), rtol=0.02)


def test_gradients_of_several_readers_are_added_up():
    """Some of them are one array: ADD hands the same to all that it reads."""
    network = """
  - INPUT(6x6x2) -> CONV3-3(name=x) -> TANH(name=a)
  - CONV3-3(from=x, name=b)
  - ADD(from=[a, b], name=first) -> SIGMOID(name=c)
  - ADD(from=[first, x, first, c], name=second)
  - ADD(from=[second, x, a]) -> FC-3
"""
    graph = graph_of(network)
    data = noise(3, graph.image, graph.classes)
    with Engine(graph, threads=1, seed=0, dtype=np.float64) as engine:
        engine.gradients(data, cross_entropy, 0)
        gradient, vector = engine.gradient.copy(), engine.parameters.vector
        for number in range(0, vector.size, 7):
            losses = []
            for step in (1e-6, -2e-6):
                vector[number] += step
                result = engine.gradients(data, cross_entropy, 0)
                losses.append(result.loss_sum / result.images)
            vector[number] += 1e-6
            slope = (losses[0] - losses[1]) / 2e-6
            assert gradient[number] == pytest.approx(slope, rel=1e-5, abs=1e-8)
