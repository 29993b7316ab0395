"""A batch computed in parts: the same gradient, with the memory of a part."""

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.graph.costs.memory import training_step
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.optim.sgd_adam import Sgd
from cnncli.training.gradients import Accumulation
from tests.graph.handmade import graph_of

NETWORK = "INPUT(9x8x3) -> CONV-6 -> RELU -> POOL(fit=crop) -> DROPOUT(0.3) -> FC-4"


@pytest.fixture
def graph():
    return graph_of(NETWORK)


def computed(graph, images, parts, threads=2):
    batch, loss = noise(images, graph.image, 4), SoftmaxCrossEntropy()
    with Engine(graph, threads=threads, seed=1, dtype=np.float64) as engine:
        frozen = frozenset({"conv1.b"})
        result = Accumulation(engine, parts).gradients(batch, loss, 5, frozen)
        return result, engine.gradient.copy()


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(("images", "parts"), [(12, 3), (7, 2), (7, 7), (3, 10), (1, 2)])
def test_parts_give_the_gradient_of_the_whole(graph, images, parts, threads):
    """With DROPOUT too: what is dropped depends on an image's place in the whole batch."""
    whole, expected = computed(graph, images, 1, threads)
    found, gradient = computed(graph, images, parts, threads)
    assert (found.images, found.correct) == (whole.images, whole.correct)
    assert found.loss_sum == pytest.approx(whole.loss_sum, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-12)
    assert np.abs(expected).max() > 1e-3


def test_twice_in_a_row(graph):
    batch, loss = noise(8, graph.image, 4), SoftmaxCrossEntropy()
    with Engine(graph, threads=2, seed=1) as engine:
        accumulation, seen = Accumulation(engine, 2), []
        for _ in range(2):
            accumulation.gradients(batch, loss, 5, frozenset())
            seen.append(engine.gradient.copy())
    np.testing.assert_array_equal(*seen)


def test_memory(graph):
    one, four = (
        training_step(graph, 64, threads=2, optimizer=Sgd(), parts=parts) for parts in (1, 4)
    )
    assert four.activations == one.activations / 4
    assert four.workspace < 0.5 * one.workspace
    assert four.gradients == one.gradients * 4 / 3
    assert four == training_step(graph, 16, threads=2, optimizer=Sgd())._replace(
        gradients=four.gradients
    )
