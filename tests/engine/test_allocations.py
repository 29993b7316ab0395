"""A step after the first few takes its arrays from the workspaces: there are no large new ones."""

import tracemalloc

import numpy as np
import pytest

from cnncli.config.train import TrainSpec
from cnncli.engine.algorithm_choice import choose
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.optim.base import OptimizerState
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.optim.sgd_adam import Adam, Sgd
from cnncli.training.gradients import clip
from cnncli.training.parameter_groups import ParameterGroups
from tests.graph.handmade import graph_of

LARGE = 1 << 16
WARM_UP = 4
"""Steps after which no workspace grows."""
IMAGES = 32
BUFFER = 1024
"""Numbers in the buffers that NumPy casts in; by default they alone have up to 64 KiB each."""
NETWORK = (
    "INPUT(16x16x32) -> CONV3-64 -> BN -> RELU -> CONV3-64 -> BN -> RELU -> CONV5-64 -> RELU"
    " -> POOL -> DROPOUT -> FC-64 -> RELU -> DROPOUT -> FC-10"
)
"""Filters, lines and volumes have 64 KiB or more each, so that every copy would be noticed."""


@pytest.fixture
def small_buffers():
    """A function that makes NumPy's buffers small in its thread; here they are so already."""
    before = np.setbufsize(BUFFER)
    yield lambda part: np.setbufsize(BUFFER)
    np.setbufsize(before)


def training_step(engine, optimizer_spec):
    batch = noise(IMAGES, engine.graph.image, engine.graph.classes)
    vector, loss = engine.parameters.vector, SoftmaxCrossEntropy()
    optimizer = OptimizerState(optimizer_spec, vector.size)
    train = TrainSpec(optimizer=optimizer_spec)
    segments = ParameterGroups(engine.graph, train, engine.parameters.slices).segments()

    def update(part):
        optimizer.update(vector, engine.gradient, segments, part, 1e-3, 1)

    def step():
        engine.gradients(batch, loss, 0)
        clip(engine, 0.1)
        engine.parallel(update, vector.size)

    return step


def growth(step):
    """By how much the memory that Python and NumPy know of was larger within a step, at most."""
    tracemalloc.start()
    try:
        step()  # what is kept from step to step is traced only once it is new
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        step()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "optimizer", [Sgd(momentum=0.9, weight_decay=1e-4), Adam()], ids=["sgd", "adam"]
)
@pytest.mark.parametrize("kernels", ["direct", "winograd"])
@pytest.mark.parametrize("threads", [1, 2])
def test_no_large_array_is_new(threads, kernels, optimizer, small_buffers):
    graph = graph_of(NETWORK)
    algorithms = choose(graph, kernels, IMAGES // threads)
    with Engine(graph, threads=threads, seed=0, algorithms=algorithms, fork=False) as engine:
        engine.parallel(small_buffers, threads)
        step = training_step(engine, optimizer)
        for _ in range(WARM_UP):
            step()
        assert growth(step) < threads * LARGE


def test_a_large_array_is_noticed():
    assert growth(lambda: np.empty(LARGE, np.uint8)) >= LARGE
    assert growth(lambda: np.zeros(LARGE // 8) + 1) >= LARGE
