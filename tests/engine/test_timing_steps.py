"""Timing the layers of real steps: the numbers are unchanged, and the times add up."""

from pathlib import Path

import numpy as np
import pytest

from cnncli.engine import timing
from cnncli.engine.engine import Engine
from cnncli.engine.timing import Clock, Noise, time_steps, timed
from cnncli.graph.build import build
from cnncli.spec.load import load_text
from cnncli.training.losses import SoftmaxCrossEntropy

NETWORK = "INPUT(9x7x3) -> CONV3-6 -> BN -> RELU -> POOL(fit=crop) -> DROPOUT -> FC-4 -> SOFTMAX"
COMPUTED = ["input1", "conv1", "batchnorm1", "pool1", "relu1", "dropout1", "fc1"]
"""The maximum before the function, as it costs less."""
EVALUATED = [name for name in COMPUTED if name != "batchnorm1"]
"""By its running statistics batch normalisation only scales and shifts: CONV does it."""
TRAINED = ["conv1", "batchnorm1", "relu1", "pool1", "dropout1", "fc1"]


@pytest.fixture(autouse=True)
def small_product(monkeypatch):
    monkeypatch.setattr(timing, "SIDE", 64)


@pytest.fixture
def graph():
    graph = build(load_text(f"architecture: {NETWORK}\n", Path("f.yaml")), None, None)
    graph.check()
    return graph


def test_noise(graph):
    noise, same = Noise(5, graph.image, 4), Noise(5, graph.image, 4)
    assert len(noise) == 5
    assert noise.images(1, 3).shape == (2, 7, 9, 3)
    assert noise.images(0, 5).dtype == np.float32
    assert noise.images(0, 5).std() == pytest.approx(1, abs=0.1)
    assert set(noise.labels) <= set(range(4))
    np.testing.assert_array_equal(noise.images(2, 4), same.images(2, 4))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_timed_network_computes_the_same_bits(graph, threads):
    noise, loss = Noise(5, graph.image, 4), SoftmaxCrossEntropy()
    results = []
    for network in (graph, timed(graph, Clock())):
        with Engine(network, threads=threads, seed=1) as engine:
            sums = engine.gradients(noise, loss, 3)
            results.append((sums, engine.gradient.copy(), engine.state.vector.copy()))
            results[-1] += (engine.scores(noise), engine.algorithms)
    (plain, *arrays, way), (measured, *others, other_way) = results
    assert plain == measured
    assert way == other_way
    for ours, theirs in zip(arrays, others, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("threads", [1, 2])
def test_training_steps(graph, threads):
    noise, loss, clock, updates = Noise(5, graph.image, 4), SoftmaxCrossEntropy(), Clock(), []
    with Engine(timed(graph, clock), threads=threads, seed=1) as engine:
        found = time_steps(
            engine,
            clock,
            lambda: engine.gradients(noise, loss, 0),
            lambda: updates.append(None),
            steps=3,
        )
    assert len(updates) == timing.WARM_UP + 3
    assert list(found.forward) == COMPUTED
    assert sorted(found.backward) == sorted(TRAINED)
    for seconds in (*found.forward.values(), *found.backward.values(), found.step, found.update):
        assert len(seconds) == 3
        assert min(seconds) > 0
    assert found.ceiling > 0
    for step in range(3):
        layers = [*found.forward.values(), *found.backward.values()]
        assert sum(seconds[step] for seconds in layers) <= found.step[step]
    assert (clock.forward, clock.backward, clock.product) == ([], [], [])


def test_evaluation(graph):
    noise, clock = Noise(5, graph.image, 4), Clock()
    with Engine(timed(graph, clock), threads=2, seed=1) as engine:
        found = time_steps(engine, clock, lambda: engine.scores(noise), None, steps=2)
    assert list(found.forward) == EVALUATED
    assert (found.backward, found.update) == ({}, [])


def test_a_layers_time_is_the_mean_of_its_threads(graph):
    clock = Clock()

    def step():
        clock.forward += [("a", 1.0), ("b", 5.0), ("a", 2.0)]
        clock.backward += [("a", 4.0), ("a", 8.0)]

    with Engine(graph, threads=2, seed=0) as engine:
        found = time_steps(engine, clock, step, None, steps=2)
    assert found.forward == {"a": [1.5, 1.5], "b": [5.0, 5.0]}
    assert found.backward == {"a": [6.0, 6.0]}
