"""Muon: the orthogonal step by its definition, and who takes it."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from cnncli.check.check import check_text
from cnncli.engine.engine import Engine
from cnncli.kernels.workspace import Workspace
from cnncli.optim.base import OptimizerState, Segment
from cnncli.optim.muon import Muon, orthogonal
from cnncli.optim.sgd_adam import Sgd
from cnncli.training.parameter_groups import ParameterGroups

SHAPES = [(5, 40), (40, 5), (32, 32), (1, 7), (7, 1), (27, 16)]


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_singular_values_come_near_one_and_vectors_stay(shape, scale):
    G = drawn(*shape)
    found = orthogonal(Workspace(), scale * G).astype(np.float64)
    U, values, V = np.linalg.svd(G.astype(np.float64), full_matrices=False)
    between = U.T @ found @ V.T
    lifted = np.diagonal(between)
    clear = values > 0.05 * values[0]
    assert (lifted[clear] > 0.6).all()
    assert (lifted < 1.3).all()
    np.testing.assert_allclose(between, np.diag(lifted), atol=1e-3)
    np.testing.assert_allclose(U @ between @ V, found, atol=1e-3)


def test_nothing_to_orthogonalise():
    np.testing.assert_array_equal(orthogonal(Workspace(), np.zeros((3, 4), np.float32)), 0)


def by_definition(hyper, w, gradients, shape, lr):
    """Steps in float64, straight from the formulas."""
    rows, columns = shape
    w, m = w.astype(np.float64).reshape(shape), np.zeros(shape)
    for gradient in gradients:
        g = gradient.astype(np.float64).reshape(shape)
        b = hyper.momentum
        m = b * m + (1 - b) * g
        u = b * m + (1 - b) * g if hyper.nesterov else m
        X = (u if rows <= columns else u.T) / np.linalg.norm(u)
        for _ in range(5):
            A = X @ X.T
            X = 3.4445 * X + (-4.7750 * A + 2.0315 * A @ A) @ X
        step = X if rows <= columns else X.T
        w = w - lr * hyper.weight_decay * w
        w = w - lr * max(1, columns / rows) ** 0.5 * step
    return w.reshape(-1)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "hyper", [Muon(), Muon(lr=0.1, momentum=0.8, nesterov=False, weight_decay=0.3)], ids=repr
)
def test_steps(hyper, shape):
    size = shape[0] * shape[1]
    w, gradients = drawn(size), drawn(4, size, seed=1)
    expected = by_definition(hyper, w, gradients, shape, hyper.lr)
    optimizer = OptimizerState(hyper, size)
    segments = [Segment(slice(0, size), 1.0, hyper.weight_decay, shape)]
    for step, gradient in enumerate(gradients, start=1):
        optimizer.update(w, gradient, segments, slice(0, size), hyper.lr, step)
    np.testing.assert_allclose(w, expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize("cuts", [[], [1], [63, 64, 65], [64, 128], [200]])
def test_any_cut_gives_the_same_bits(cuts):
    """Two matrices with vectors around them."""
    hyper = Muon(lr=0.05, others=Sgd(lr=0.1, momentum=0.9))
    segments = [
        Segment(slice(0, 10), 2.0, 0.0),
        Segment(slice(10, 64), 1.0, 0.1, (6, 9)),
        Segment(slice(64, 144), 1.0, 0.1, (8, 10)),
        Segment(slice(144, 230), 2.0, 0.2),
    ]
    results = []
    for bounds in ([0, 230], [0, *cuts, 230]):
        w, optimizer = drawn(230), OptimizerState(hyper, 230)
        for step in (1, 2, 3):
            for first, last in itertools.pairwise(bounds):
                part = slice(first, last)
                optimizer.update(w, drawn(230, seed=step), segments, part, hyper.lr, step)
        results.append((w, optimizer.slots["velocity"]))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_are_matrices_and_the_rest_takes_sgd():
    text = (
        "architecture: INPUT(6x6x2) -> CONV3-4 -> BN -> FC-3\n"
        "train: {groups: [{layers: fc1, lr: 2}, {layers: BN, lr: 3}], optimizer: {name: muon,"
        " lr: 0.1, weight_decay: 0.01, others: {lr: 0.5, momentum: 0.8, weight_decay: 0.3}}}\n"
    )
    spec, graph = check_text(text, Path("net.yaml")).network()
    with Engine(graph, threads=1, seed=0) as engine:
        found = ParameterGroups(graph, spec.train, engine.parameters.slices)
        slices = engine.parameters.slices
        told = {
            name: (how.lr, how.weight_decay, how.matrix) for name, how in found.of_arrays.items()
        }
        assert told == {
            "conv1.W": (1, 0.01, (18, 4)), "conv1.b": (5, 0, None),
            "batchnorm1.gamma": (15, 0, None), "batchnorm1.beta": (15, 0, None),
            "fc1.W": (2, 0.01, (144, 3)), "fc1.b": (10, 0, None),
        }  # fmt: skip
        parts = [(segment.part, segment.matrix) for segment in found.segments()]
        assert (slices["conv1.W"], (18, 4)) in parts
        assert (slices["fc1.W"], (144, 3)) in parts
        assert len(parts) == 5  # gamma and beta are trained alike
