"""Activations against Python's own functions, against PyTorch, and far from zero."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.check.check import check_text
from cnncli.engine.initialization import initial_parameters
from cnncli.geometry import Volume
from cnncli.layers.activations import (
    Elu,
    Gelu,
    HardSigmoid,
    HardSwish,
    LeakyRelu,
    Mish,
    Prelu,
    Relu6,
    Sigmoid,
    Silu,
    Softplus,
    Tanh,
)
from tests.layers.contract import Bench, FakeRun, check_with_pytorch


def _sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _phi(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def _normal(x):
    return math.erfc(-x / math.sqrt(2)) / 2


def _softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _mish_slope(x):
    """tanh(s) + x (1 - tanh(s)^2) sigmoid(x), s the softplus."""
    tanh = math.tanh(_softplus(x))
    return tanh + x * (1 - tanh**2) * _sigmoid(x)


DEFINITIONS = {
    Relu6(): (lambda x: min(max(x, 0.0), 6.0), lambda x: float(0 < x < 6)),
    HardSigmoid(): (
        lambda x: min(max(x + 3, 0.0), 6.0) / 6,
        lambda x: (-3 < x < 3) / 6,
    ),
    HardSwish(): (
        lambda x: x * min(max(x + 3, 0.0), 6.0) / 6,
        lambda x: x / 3 + 0.5 if -3 <= x <= 3 else float(x > 3),
    ),
    Elu(): (
        lambda x: x if x > 0 else math.expm1(x),
        lambda x: 1.0 if x > 0 else math.exp(x),
    ),
    Elu(alpha=0.3): (
        lambda x: x if x > 0 else 0.3 * math.expm1(x),
        lambda x: 1.0 if x > 0 else 0.3 * math.exp(x),
    ),
    Softplus(): (_softplus, _sigmoid),
    Mish(): (lambda x: x * math.tanh(_softplus(x)), _mish_slope),
    Sigmoid(): (_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
    Tanh(): (math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    LeakyRelu(): (lambda x: max(x, 0.01 * x), lambda x: 1.0 if x > 0 else 0.01),
    LeakyRelu(slope=0.5): (lambda x: max(x, 0.5 * x), lambda x: 1.0 if x > 0 else 0.5),
    Silu(): (
        lambda x: x * _sigmoid(x),
        lambda x: _sigmoid(x) * (1 + x * _sigmoid(-x)),
    ),
    Gelu(): (
        lambda x: x * math.erfc(-x / math.sqrt(2)) / 2,
        lambda x: _normal(x) + x * _phi(x),
    ),
}
POINTS = [
    *np.linspace(-15, 15, 1201),
    *(sign * 10.0**power for sign in (-1, 1) for power in range(-30, 5)),
    *(sign * near for sign in (-1, 1) for near in (11.99, 12.0, 12.01, 87.0, 88.0, 89.0, 708.0)),
    0.0,
    -0.0,
]


def _values(layer, dtype, points=POINTS):
    """x, y and dy/dx at the points."""
    x = np.array(points, dtype).reshape(1, 1, 1, -1)
    y, cache = layer.forward(FakeRun(), {}, x)
    (dx,) = layer.backward(FakeRun(), {}, cache, np.ones_like(x))
    return (array.ravel().astype(np.float64) for array in (x, y, dx))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 2e-7), (np.float64, 4e-15)])
@pytest.mark.parametrize("layer", DEFINITIONS, ids=str)
def test_values_and_slopes(layer, dtype, tolerance):
    """To the tolerance, of 1 or of the value where that is larger; also at 1e4."""
    function, slope = DEFINITIONS[layer]
    x, y, dx = _values(layer, dtype)
    np.testing.assert_allclose(y, [function(v) for v in x], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(dx, [slope(v) for v in x], rtol=4 * tolerance, atol=4 * tolerance)


@pytest.mark.parametrize("layer", DEFINITIONS, ids=str)
def test_far_from_zero_every_number_is_finite(layer):
    _, y, dx = _values(layer, np.float32, [1e4, -1e4, 1e30, -1e30])
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_limits_that_exist_are_reached(dtype):
    """With their gradients; the y of SILU is x * 0 from where exp(-x) is infinite."""
    far = [-1e20, -np.inf, np.inf]
    _, y, dx = _values(Silu(), dtype, far)
    assert (y.tolist(), dx.tolist()) == ([0, 0, np.inf], [0, 0, 1])
    for layer in (LeakyRelu(slope=0.0), HardSwish()):
        _, y, dx = _values(layer, dtype, far)
        assert (y.tolist(), dx.tolist()) == ([0, 0, np.inf], [0, 0, 1])
    for layer, ends in (
        (Relu6(), ([0, 0, 6], [0, 0, 0])),
        (HardSigmoid(), ([0, 0, 1], [0, 0, 0])),
        (Elu(), ([-1, -1, np.inf], [0, 0, 1])),
        (Softplus(), ([0, 0, np.inf], [0, 0, 1])),
    ):
        _, y, dx = _values(layer, dtype, far)
        np.testing.assert_allclose(y, ends[0], atol=1e-36)
        np.testing.assert_allclose(dx, ends[1], atol=1e-36)
    _, y, dx = _values(Mish(), dtype, far)
    np.testing.assert_allclose(y, [0, 0, np.inf], atol=1e-36)
    np.testing.assert_allclose(dx, [0, 0, 1], atol=1e-36)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_near_zero_no_bit_depends_on_the_limits(dtype):
    """The formulas without limits, operation by operation."""
    x = np.linspace(-80, 80, 100_001).astype(dtype)
    _, y, dx = _values(Silu(), dtype, x)
    s = 1 / (np.exp(-x) + dtype(1))
    np.testing.assert_array_equal(y, s * x)
    np.testing.assert_array_equal(dx, ((1 - s) * x + 1) * s)
    _, y, _ = _values(LeakyRelu(slope=0.0), dtype, x)
    assert y.tobytes() == np.maximum(x, x * dtype(0)).astype(np.float64).tobytes()


@pytest.mark.parametrize("layer", [Sigmoid(), Softplus(), Mish()], ids=str)
def test_the_tail_keeps_its_digits(layer):
    """Not 1 minus something close to 1. GELU takes half the time without, as in PyTorch."""
    function, _ = DEFINITIONS[layer]
    x, y, _ = _values(layer, np.float32, np.linspace(-11, -4, 99))
    np.testing.assert_allclose(y, [function(v) for v in x], rtol=1e-5)


@given(st.floats(-50, 50))
def test_symmetries(value):
    points = [value, -value]
    _, (up, down), _ = _values(Sigmoid(), np.float64, points)
    np.testing.assert_allclose(up + down, 1, rtol=1e-14)
    for layer in (Gelu(), Silu()):
        _, (up, down), _ = _values(layer, np.float64, points)
        np.testing.assert_allclose(up - down, value, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("layer", DEFINITIONS, ids=str)
def test_an_array_larger_than_a_piece_in_cache(layer):
    """As in smaller arrays, to the last digits of float32."""
    bench = Bench(layer, Volume(67, 71, 19), n=11, dtype=np.float32)
    y, (dx, _) = bench.forward(), bench.backward()
    for n in (0, 6, 10):
        part = Bench(layer, Volume(67, 71, 19), n=1, dtype=np.float32)
        part.x, part.dy = bench.x[n : n + 1], bench.dy[n : n + 1]
        np.testing.assert_allclose(part.forward(), y[n : n + 1], rtol=1e-6, atol=1e-7)
        np.testing.assert_allclose(part.backward()[0], dx[n : n + 1], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", DEFINITIONS, ids=str)
def test_agrees_with_pytorch(layer):
    def theirs(F, x):
        options = {"negative_slope": layer.slope} if isinstance(layer, LeakyRelu) else {}
        options |= {"alpha": layer.alpha} if isinstance(layer, Elu) else {}
        if layer.kind == "HARDSIGMOID":  # whose gradient is rounded to float32 in its own function
            return F.relu6(x + 3) / 6
        return getattr(F, "leaky_relu" if layer.kind == "LEAKYRELU" else layer.kind.lower())(
            x, **options
        )

    check_with_pytorch(Bench(layer, Volume(5, 4, 3)), theirs, atol=1e-14, rtol=1e-13)


@pytest.mark.parametrize("slopes", ["channel", "one"])
def test_prelu_agrees_with_pytorch(slopes):
    bench = Bench(Prelu(slopes=slopes), Volume(5, 4, 3))
    check_with_pytorch(bench, lambda F, x, slope: F.prelu(x, slope), atol=1e-14, rtol=1e-13)


@pytest.mark.parametrize("volume", [Volume(1, 1, 1), Volume(33, 65, 19), Volume(1, 7, 4000)])
def test_prelu_by_its_definition(volume):
    bench = Bench(Prelu(), volume, n=2)
    slope, below = bench.params["slope"], np.minimum(bench.x, 0)
    np.testing.assert_allclose(bench.forward(), np.maximum(bench.x, 0) + slope * below, atol=1e-15)
    dx, grads = bench.backward()
    np.testing.assert_allclose(dx, np.where(bench.x > 0, 1, slope) * bench.dy, atol=1e-15)
    np.testing.assert_allclose(grads["slope"], (bench.dy * below).sum((0, 1, 2)), atol=1e-10)


def test_the_slopes_start_as_the_file_says():
    graph = check_text("architecture: INPUT(4x4x3)-PRELU(start=0.1)-FC-2", Path("net")).graph
    parameters = initial_parameters(graph, 0, np.float32)
    assert parameters.views["prelu1.slope"].tolist() == [np.float32(0.1)] * 3
