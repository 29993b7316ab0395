"""Timing the layers of real steps: the numbers are unchanged, and the times add up."""

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.probes import timing
from cnncli.engine.probes.timing import Clock, noise, time_steps
from cnncli.kernels.workspace import Workspace
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.handmade import graph_of

NETWORK = "INPUT(9x7x3) -> CONV3-6 -> BN -> RELU -> POOL(fit=crop) -> DROPOUT -> FC-4 -> SOFTMAX"
COMPUTED = ["input1", "conv1", "batchnorm1", "pool1", "relu1", "dropout1", "fc1"]
"""The maximum before the function, as it costs less."""
EVALUATED = [name for name in COMPUTED if name != "batchnorm1"]
"""By its running statistics batch normalisation only scales and shifts: CONV does it."""
TRAINED = ["conv1", "batchnorm1", "relu1", "pool1", "dropout1", "fc1"]


@pytest.fixture(autouse=True)
def small_ceilings(monkeypatch):
    monkeypatch.setattr(timing, "SIDE", 64)
    monkeypatch.setattr(timing, "COPIED", 1 << 12)


@pytest.fixture
def graph():
    return graph_of(NETWORK)


def test_noise(graph):
    batch, same = noise(5, graph.image, 4), noise(5, graph.image, 4)
    assert len(batch) == 5
    part = batch.part(1, 3).images(Workspace())
    assert part.shape == (2, 7, 9, 3)
    assert part.dtype == np.float32
    assert batch.array.std() == pytest.approx(1, abs=0.1)
    assert set(batch.labels) <= set(range(4))
    np.testing.assert_array_equal(part, same.array[1:3])


WORKERS = [(1, False), (2, False), (2, True)]


@pytest.mark.parametrize(("threads", "fork"), WORKERS)
def test_a_timed_network_computes_the_same_bits(graph, threads, fork):
    batch, loss = noise(5, graph.image, 4), SoftmaxCrossEntropy()
    results = []
    for probe in (None, Clock(graph, threads).probe):
        with Engine(graph, threads=threads, seed=1, fork=fork, probe=probe) as engine:
            sums = engine.gradients(batch, loss, 3)
            results.append((sums, engine.gradient.copy(), engine.state.vector.copy()))
            results[-1] += (engine.scores(batch), engine.algorithms)
    (plain, *arrays, way), (measured, *others, other_way) = results
    assert plain == measured
    assert way == other_way
    for ours, theirs in zip(arrays, others, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(("threads", "fork"), WORKERS)
def test_training_steps(graph, threads, fork):
    batch, loss, updates = noise(5, graph.image, 4), SoftmaxCrossEntropy(), []
    clock = Clock(graph, threads)
    with Engine(graph, threads=threads, seed=1, fork=fork, probe=clock.probe) as engine:
        found = time_steps(
            engine,
            clock,
            lambda: engine.gradients(batch, loss, 0),
            lambda: updates.append(None),
            steps=3,
        )
    assert len(updates) == timing.WARM_UP + 3
    assert sorted(found.forward) == sorted(COMPUTED)
    assert sorted(found.backward) == sorted(TRAINED)
    for seconds in (*found.forward.values(), *found.backward.values(), found.step, found.update):
        assert len(seconds) == 3
        assert min(seconds) > 0
    assert found.ceiling > 0 < found.bandwidth
    for step in range(3):
        layers = [*found.forward.values(), *found.backward.values()]
        assert sum(seconds[step] for seconds in layers) <= found.step[step]
    assert np.isnan(clock.forward).all()
    assert np.isnan(clock.backward).all()


def test_evaluation(graph):
    batch, clock = noise(5, graph.image, 4), Clock(graph, 2)
    with Engine(graph, threads=2, seed=1, probe=clock.probe) as engine:
        found = time_steps(engine, clock, lambda: engine.scores(batch), None, steps=2)
    assert sorted(found.forward) == sorted(EVALUATED)
    assert (found.backward, found.update) == ({}, [])


def test_a_layers_time_is_the_mean_of_the_ranks_that_worked_on_it(graph):
    clock = Clock(graph, 2)
    first, second = (clock.nodes.index(name) for name in ("conv1", "fc1"))

    def step():
        clock.forward[:, first] = 1.0, 2.0
        clock.forward[1, second] = 5.0
        clock.backward[:, first] = 4.0, 8.0

    with Engine(graph, threads=2, seed=0) as engine:
        found = time_steps(engine, clock, step, None, steps=2)
    assert found.forward == {"conv1": [1.5, 1.5], "fc1": [5.0, 5.0]}
    assert found.backward == {"conv1": [6.0, 6.0]}
