"""Clipping by the global norm, on a real engine with several threads."""

import math

import numpy as np
import pytest

from cnncli.engine.engine import Engine
from cnncli.geometry import Volume
from cnncli.training import gradients
from cnncli.training.gradients import clip
from tests.graph.handmade import graph_of


@pytest.fixture(params=[1, 2, 3])
def engine(request):
    """40 * 1000 + 1000 + 1000 * 4 + 4 = 45004 parameters: more than a chunk."""
    graph = graph_of("INPUT-FC-1000-FC", Volume(5, 4, 2), 4)
    with Engine(graph, threads=request.param, seed=0) as engine:
        assert engine.gradient.size == 45004
        yield engine


def fill(engine, seed=0):
    random = np.random.default_rng(seed).standard_normal(engine.gradient.size)
    engine.gradient[:] = random
    return engine.gradient.copy(), math.sqrt(math.fsum(engine.gradient.astype(float) ** 2))


def test_the_norm_alone(engine):
    before, norm = fill(engine)
    np.testing.assert_allclose(clip(engine, None), norm, rtol=1e-14)
    np.testing.assert_array_equal(engine.gradient, before)


def test_a_large_gradient_is_scaled(engine):
    before, norm = fill(engine)
    np.testing.assert_allclose(clip(engine, 0.5), norm, rtol=1e-14)
    np.testing.assert_allclose(engine.gradient, before * (0.5 / norm), rtol=3e-7)
    np.testing.assert_allclose(clip(engine, None), 0.5, rtol=1e-6)


def test_a_small_gradient_is_kept(engine):
    before, norm = fill(engine)
    for bound in (norm * 1.0001, clip(engine, None)):
        clip(engine, bound)
        np.testing.assert_array_equal(engine.gradient, before)


def test_no_gradient(engine):
    engine.gradient[:] = 0
    assert clip(engine, 1e-3) == 0
    assert not engine.gradient.any()


def test_squares_do_not_overflow(engine):
    """1e30 squared is beyond float32."""
    engine.gradient[:] = 0
    engine.gradient[[0, -1]] = 3e30, -4e30
    np.testing.assert_allclose(clip(engine, 10), 5e30, rtol=1e-6)
    np.testing.assert_allclose(engine.gradient[[0, -1]], [6, -8], rtol=1e-6)


def test_small_numbers_count(engine):
    """A float32 sum would stop at the large one."""
    engine.gradient[:] = 1
    engine.gradient[0] = 2.0**13
    np.testing.assert_allclose(clip(engine, None), math.sqrt(2.0**26 + 45003), rtol=1e-15)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_what_is_not_finite_is_kept(engine, broken):
    before, _ = fill(engine)
    engine.gradient[7] = before[7] = broken
    with np.errstate(all="raise"):
        assert not math.isfinite(clip(engine, 1))
    np.testing.assert_array_equal(engine.gradient, before)


def test_the_same_bits_in_every_run(engine):
    """Whichever thread is ready first."""
    found = set()
    for _ in range(10):
        fill(engine)
        found.add((clip(engine, 1), engine.gradient.tobytes()))
    assert len(found) == 1


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_chunks(engine, chunk, monkeypatch):
    _, norm = fill(engine)
    monkeypatch.setattr(gradients, "CHUNK", chunk)
    np.testing.assert_allclose(clip(engine, None), norm, rtol=1e-13)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_fewer_numbers_than_threads(threads):
    """One weight and one bias: some threads have nothing to add."""
    with Engine(graph_of("INPUT-FC", Volume(1, 1, 1), 1), threads=threads, seed=0) as engine:
        engine.gradient[:] = 3, 4
        assert clip(engine, 10) == 5
        assert clip(engine, 1) == 5
        np.testing.assert_allclose(engine.gradient, [0.6, 0.8], rtol=1e-6)


def test_pytorch(engine):
    torch = pytest.importorskip("torch")
    before, _ = fill(engine)
    theirs = torch.nn.Parameter(torch.tensor(before))
    theirs.grad = torch.tensor(before)
    norm = torch.nn.utils.clip_grad_norm_([theirs], 2.0)
    np.testing.assert_allclose(clip(engine, 2.0), norm.item(), rtol=1e-5)
    np.testing.assert_allclose(engine.gradient, theirs.grad.numpy(), rtol=1e-5)
