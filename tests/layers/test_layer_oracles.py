"""The layers without windows against their definitions, and the notes' convolution examples."""

import numpy as np
import pytest

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.activations import Relu
from cnncli.layers.conv import Conv
from cnncli.layers.dropout import Dropout
from cnncli.layers.fc import Fc
from cnncli.layers.normalization import BatchNorm
from cnncli.layers.softmax import Softmax
from tests.layers.contract import Bench, FakeRun, check_with_pytorch


def _convolve(x, W, b, S, P):
    layer = Conv(K=W.shape[3], F=Extent(W.shape[1], W.shape[0]), S=Extent(S, S), P=P)
    params = {"W": W.astype(np.float64), "b": np.asarray(b, np.float64)}
    x = np.ascontiguousarray(x, np.float64)
    return layer.forward(FakeRun.of(layer, x), params, x)[0]


@pytest.mark.parametrize(("S", "expected"), [(1, [-2, 2, 1, 2, 1]), (2, [-2, 1, 1])])
def test_figure_8(S, expected):
    row = np.array([1, 2, -1, 1, -3]).reshape(1, 1, 5, 1)
    weights = np.array([1, 0, -1]).reshape(1, 3, 1, 1)
    y = _convolve(row, weights, [0], S, Padding(1, 1, 0, 0))
    np.testing.assert_array_equal(y.ravel(), expected)


def test_the_numpy_example_of_the_notes():
    """X of 11x11x4, F=5, S=2, P=0: the notes index V[x, y, d], memory is (y, x, d)."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((11, 11, 4))
    W0, W1 = rng.standard_normal((2, 5, 5, 4))
    b0, b1 = 0.5, -0.25
    memory = np.stack([W0.transpose(1, 0, 2), W1.transpose(1, 0, 2)], axis=-1)
    y = _convolve(X.transpose(1, 0, 2)[None], memory, [b0, b1], 2, Padding())
    V = y[0].transpose(1, 0, 2)
    assert V.shape == (4, 4, 2)
    expected = {
        (0, 0, 0): np.sum(X[:5, :5, :] * W0) + b0,
        (1, 0, 0): np.sum(X[2:7, :5, :] * W0) + b0,
        (2, 0, 0): np.sum(X[4:9, :5, :] * W0) + b0,
        (3, 0, 0): np.sum(X[6:11, :5, :] * W0) + b0,
        (0, 0, 1): np.sum(X[:5, :5, :] * W1) + b1,
        (1, 0, 1): np.sum(X[2:7, :5, :] * W1) + b1,
        (2, 0, 1): np.sum(X[4:9, :5, :] * W1) + b1,
        (3, 0, 1): np.sum(X[6:11, :5, :] * W1) + b1,
        (0, 1, 1): np.sum(X[:5, 2:7, :] * W1) + b1,
        (2, 3, 1): np.sum(X[4:9, 6:11, :] * W1) + b1,
    }
    for at, value in expected.items():
        np.testing.assert_allclose(V[at], value, rtol=1e-12)


def test_the_demo_has_3x3x2_outputs():
    x = np.random.default_rng(0).standard_normal((1, 5, 5, 3))
    W = np.random.default_rng(1).standard_normal((3, 3, 3, 2))
    y = _convolve(x, W, [1, 0], 2, Padding(1, 1, 1, 1))
    assert y.shape == (1, 3, 3, 2)
    np.testing.assert_allclose(y[0, 0, 0, 0], np.sum(x[0, :2, :2] * W[1:, 1:, :, 0]) + 1)


def test_im2row_has_the_notes_matrix_sizes():
    """227x227x3 with 11x11x3 at S=4: 3025 windows of 363 numbers; the notes' is the transpose."""
    from cnncli.kernels.conv.windows import gather
    from cnncli.layers.windows import window_geometry

    layer = Conv(K=96, F=Extent(11, 11), S=Extent(4, 4), P=Padding())
    where = window_geometry(layer, Volume(227, 227, 3))
    x = np.random.default_rng(0).standard_normal((1, 227, 227, 3))
    matrix = gather(x, where, slice(0, 55), np.empty((3025, 363)))
    np.testing.assert_array_equal(matrix[56].reshape(11, 11, 3), x[0, 4:15, 4:15])


def test_fc_is_a_matrix_product():
    bench = Bench(Fc(K=4), Volume(5, 3, 2))
    rows = bench.x.reshape(3, 30)
    y = rows @ bench.params["W"] + bench.params["b"]
    np.testing.assert_allclose(bench.forward().reshape(3, 4), y, rtol=1e-12)


def test_relu_passes_no_gradient_at_zero():
    run = FakeRun()
    x = np.array([-1.0, 0.0, 2.0]).reshape(1, 1, 1, 3)
    y, cache = Relu().forward(run, {}, x)
    (dx,) = Relu().backward(run, {}, cache, np.ones_like(x))
    np.testing.assert_array_equal(y.ravel(), [0, 0, 2])
    np.testing.assert_array_equal(dx.ravel(), [0, 0, 1])


def test_softmax_does_not_overflow():
    x = np.array([[1000.0, 0.0], [-1000.0, -1000.0]]).reshape(2, 1, 1, 2)
    y = Softmax().forward(FakeRun(), {}, x)[0]
    np.testing.assert_allclose(y.reshape(2, 2), [[1, 0], [0.5, 0.5]])


def test_dropout_keeps_the_mean_and_depends_on_place_only():
    bench = Bench(Dropout(rate=0.3), Volume(50, 40, 10), n=4)
    bench.x = np.ones_like(bench.x)
    y = bench.forward()
    assert set(np.unique(y)) == {0.0, np.max(y)}
    np.testing.assert_allclose(np.max(y), 1 / 0.7, rtol=1e-4)
    np.testing.assert_allclose(y.mean(), 1, atol=0.01)
    run = bench.run(bench.x[2:], first=2)
    np.testing.assert_array_equal(bench.layer.forward(run, {}, bench.x[2:])[0], y[2:])
    np.testing.assert_array_equal(bench.forward(training=False), bench.x)


def test_batchnorm_agrees_with_pytorch():
    def theirs(F, x, gamma, beta):
        return F.batch_norm(x, None, None, gamma, beta, training=True)

    check_with_pytorch(Bench(BatchNorm(), Volume(3, 5, 4), n=6), theirs, atol=1e-10)


def test_batchnorm_of_a_large_mean_keeps_its_digits():
    bench = Bench(BatchNorm(), Volume(8, 8, 3), n=16, dtype=np.float32)
    bench.x = (bench.x + 1000).astype(np.float32)
    bench.params = {"gamma": np.ones(3, np.float32), "beta": np.zeros(3, np.float32)}
    y = bench.forward().reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(y.std(axis=0), 1, rtol=1e-3)
