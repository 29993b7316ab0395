"""The engine on whole networks: gradients, thread counts, repeatability, memory."""

import hashlib

import numpy as np
import pytest

from cnncli.config.load import load
from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.engine.parallel.processes import CAN_FORK
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.problems import ConfigError


def softmax_loss(scores, labels):
    """Cross-entropy by its definition."""
    shifted = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(shifted) / np.exp(shifted).sum(axis=1, keepdims=True)
    at = (np.arange(len(labels)), labels)
    loss = float(-np.log(p[at]).sum())
    p[at] -= 1
    return loss, p


def graph(tmp_path, architecture, size=(9, 7, 3), classes=4, more=""):
    path = tmp_path / "net.yaml"
    path.write_text(f"architecture: '{architecture}'\n{more}")
    return build(load(path), Volume(*size), classes)


def batch(n, size=(9, 7, 3), classes=4, dtype=np.float32):
    rng = np.random.default_rng(3)
    images = rng.standard_normal((n, size[1], size[0], size[2])).astype(dtype)
    return Prepared(images, rng.integers(0, classes, n))


FULL = (
    "INPUT-CONV3-6-BN-RELU-POOL(fit=pad)-CONV(K=5,F=2,S=1,P=1)-RELU-POOL(mode=average,fit=crop)"
    "-FC-8-RELU-DROPOUT(0.3)-FC"
)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_gradient_of_a_network(tmp_path, threads):
    """Numeric derivative of the mean loss along random directions, in float64."""
    data = batch(7, dtype=np.float64)
    with Engine(graph(tmp_path, FULL), threads=threads, seed=1, dtype=np.float64) as engine:
        start = engine.parameters.vector.copy()
        engine.gradients(data, softmax_loss, step=5)
        gradient = engine.gradient.copy()
        for seed in range(3):
            v = np.random.default_rng(seed).standard_normal(start.size)
            losses = []
            for h in (1e-6, -1e-6):
                engine.parameters.vector[:] = start + h * v
                losses.append(engine.gradients(data, softmax_loss, step=5).loss_sum / 7)
            numeric = (losses[0] - losses[1]) / 2e-6
            np.testing.assert_allclose(gradient @ v, numeric, rtol=1e-6, atol=1e-8)


def _after_steps(network, threads, fork=CAN_FORK, steps=4, n=10):
    """Parameters and state after some steps of plain gradient descent."""
    with Engine(network, threads=threads, seed=2, fork=fork) as engine:
        for step in range(steps):
            result = engine.gradients(batch(n), softmax_loss, step)
            engine.parameters.vector -= 0.05 * engine.gradient
        scores = engine.scores(batch(n))
        return result, engine.parameters.vector, engine.state.vector, scores


def test_thread_counts_agree(tmp_path):
    network = graph(tmp_path, FULL)
    one = _after_steps(network, 1)
    for threads in (2, 3, 16):
        other = _after_steps(network, threads)
        np.testing.assert_allclose(other[0].loss_sum, one[0].loss_sum, rtol=1e-5)
        for ours, theirs in zip(other[1:], one[1:], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def _digest(network, **workers):
    arrays = _after_steps(network, **workers)[1:]
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).digest()


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_same_seed_same_bits(tmp_path, threads):
    """In processes and in threads."""
    network = graph(tmp_path, FULL)
    digests = {_digest(network, threads=threads, fork=fork) for fork in (CAN_FORK, CAN_FORK, False)}
    assert len(digests) == 1


def test_one_image_and_more_threads(tmp_path):
    with Engine(graph(tmp_path, FULL), threads=4, seed=0) as engine:
        result = engine.gradients(batch(1), softmax_loss, 0)
        assert result.images == 1
        assert np.isfinite(engine.gradient).all()
        assert engine.scores(batch(1)).shape == (1, 4)


def test_evaluation_uses_and_keeps_the_running_statistics(tmp_path):
    with Engine(graph(tmp_path, "INPUT-BN-FC"), threads=2, seed=0) as engine:
        data = batch(8)
        before = engine.state.vector.copy()
        engine.scores(data)
        np.testing.assert_array_equal(engine.state.vector, before)
        engine.gradients(data, softmax_loss, 0)
        pixels = data.array.reshape(-1, 3).astype(np.float64)
        np.testing.assert_allclose(
            engine.state.views["batchnorm1.mean"], 0.1 * pixels.mean(0), atol=1e-7
        )
        np.testing.assert_allclose(
            engine.state.views["batchnorm1.var"], 0.9 + 0.1 * pixels.var(0, ddof=1), rtol=1e-5
        )


def test_a_final_softmax_is_left_to_the_loss(tmp_path):
    plain = graph(tmp_path, "INPUT-FC")
    with_softmax = graph(tmp_path, "INPUT-FC-SOFTMAX")
    scores = []
    for network in (plain, with_softmax):
        with Engine(network, threads=1, seed=0) as engine:
            scores.append(engine.scores(batch(3)))
    np.testing.assert_array_equal(*scores)


def test_no_new_memory_after_the_first_steps(tmp_path):
    with Engine(graph(tmp_path, FULL), threads=2, seed=0, fork=False) as engine:
        for step in range(3):
            engine.gradients(batch(10), softmax_loss, step)
            engine.scores(batch(10))
        before = [workspace.allocated for workspace in engine._workspaces]
        for step in range(5):
            engine.gradients(batch(10), softmax_loss, step)
            engine.scores(batch(10))
        assert [workspace.allocated for workspace in engine._workspaces] == before


def test_parallel_covers_the_vector(tmp_path):
    with Engine(graph(tmp_path, FULL), threads=3, seed=0) as engine:
        touched = np.zeros(1000, int)

        def task(part):
            touched[part] += 1

        engine.parallel(task, 1000)
        assert (touched == 1).all()


def test_an_invalid_network_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        Engine(graph(tmp_path, "INPUT-POOL(F=20)-FC"), threads=1, seed=0)


def test_initial_weights(tmp_path):
    network = graph(tmp_path, "INPUT-FC-200-FC-300-FC(K=250, init=normal(0.01))-FC", (9, 7, 30))
    with Engine(network, threads=1, seed=0) as engine:
        views = engine.parameters.views
        np.testing.assert_allclose(views["fc1.W"].std(), np.sqrt(2 / 1890), rtol=0.02)
        np.testing.assert_allclose(views["fc3.W"].std(), 0.01, rtol=0.02)
        assert not views["fc1.b"].any()
        assert not np.array_equal(views["fc1.W"].ravel()[:100], views["fc2.W"].ravel()[:100])


def test_xavier_for_the_file(tmp_path):
    network = graph(tmp_path, "INPUT-FC-300-FC", more="train: {init: xavier}\n")
    with Engine(network, threads=1, seed=0) as engine:
        weights = engine.parameters.views["fc1.W"]
        limit = np.sqrt(6 / (189 + 300))
        assert np.abs(weights).max() <= limit
        np.testing.assert_allclose(weights.std(), limit / np.sqrt(3), rtol=0.02)
