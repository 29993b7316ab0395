"""Scores with layers that do the work of those around them, beside one layer at a time."""

from dataclasses import replace

import numpy as np
import pytest

from cnncli.engine import execution_plan
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.geometry import Extent, Volume
from cnncli.graph.fusion import Fused
from cnncli.kernels.epilogue import PLAIN
from cnncli.kernels.workspace import Workspace
from cnncli.layers.base import Context
from cnncli.layers.conv import Conv
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.handmade import graph_of

NETWORKS = [
    "INPUT(9x7x3) -> CONV3-6 -> BN -> RELU -> CONV3-8 -> RELU -> POOL(fit=crop) -> FC-4",
    "INPUT(9x7x3) -> CONV3-6(bias=false) -> BN -> BN -> RELU -> BN -> RELU -> FC-4",
    "INPUT(9x7x3) -> CONV3-12(groups=3) -> BN -> RELU -> CONV3-12(groups=depthwise) -> BN -> FC-5"
    " -> BN -> RELU -> FC-4 -> RELU",
    """
  - INPUT(8x8x3) -> CONV3-16 -> BN -> RELU -> CONV5-16 -> BN
  - ADD(from=[-1, relu1]) -> RELU -> FC-3
""",
    "INPUT(8x8x3) -> POOL -> BN -> BN -> RELU -> CONV3-4 -> FC-3",
    """
  - INPUT(8x8x3) -> CONV3-16 -> BN -> RELU -> CONV3-16
  - ADD(from=[-1, relu1]) -> BN -> RELU -> FC-3
""",
    "INPUT(8x8x16) -> CONV3-16 -> BN -> RELU -> CONV5-16 -> RELU -> POOL -> BN -> RELU -> FC-4",
    "INPUT(9x7x3) -> POOL(fit=crop) -> BN -> RELU -> CONV1-6 -> BN -> RELU -> FC-4",
    "INPUT(9x7x5) -> POOL3(S=1) -> RELU -> CONV1-6(S=2) -> POOL2(S=1) -> BN -> CONV1-4 -> FC-4",
    "INPUT(8x8x4) -> POOL -> BN -> BN -> RELU -> CONV1-6(groups=2) -> POOL -> RELU"
    " -> CONV1-4(P=1) -> FC-4",
    "INPUT(9x7x3) -> CONV1-4(bias=false) -> BN -> RELU -> CONV3(K=4, groups=depthwise) -> BN"
    " -> RELU -> CONV1-6 -> BN -> CONV3(K=12, S=2, groups=depthwise) -> BN -> RELU -> FC-4",
    "INPUT(9x7x3) -> CONV3-4 -> RELU -> CONV5(K=8, groups=depthwise, dilation=2)"
    " -> CONV3-6 -> BN -> BN -> RELU -> CONV3(K=6, P=0, groups=depthwise) -> FC-4",
    "INPUT(9x7x1) -> BN -> RELU -> CONV3(K=5, groups=depthwise) -> CONV1-1 -> RELU"
    " -> CONV3(K=4, groups=depthwise) -> FC-4",
]


@pytest.fixture(params=NETWORKS, ids=range(len(NETWORKS)))
def graph(request):
    return graph_of(request.param)


def results(graph, kernels=None):
    """Scores, gradient and new state, in float64, with statistics that are not 0 and 1."""
    batch = noise(6, graph.image, graph.classes)
    with Engine(graph, threads=2, seed=4, dtype=np.float64, algorithms=kernels) as engine:
        rng = np.random.default_rng(1)
        engine.parameters.vector[:] = rng.uniform(-1, 1, engine.parameters.vector.size)
        engine.state.vector[:] = rng.uniform(0.5, 2, engine.state.vector.size)
        scores = engine.scores(batch)
        engine.gradients(batch, SoftmaxCrossEntropy(), 0)
        return scores, engine.gradient.copy(), engine.state.vector.copy()


def compute_one_by_one(monkeypatch):
    monkeypatch.setattr(execution_plan, "fuse", lambda nodes, training: tuple(map(Fused, nodes)))
    monkeypatch.setattr(execution_plan, "execution_order", lambda nodes: nodes)


@pytest.mark.parametrize("kernels", [None, {}])
def test_it_is_what_the_layers_compute_one_by_one(graph, kernels, monkeypatch):
    together = results(graph, kernels)
    compute_one_by_one(monkeypatch)
    for ours, theirs in zip(together, results(graph, kernels), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * np.abs(theirs).max())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [[2, -3, 0, 1e-32, -1e-32, 0.5], [1, 2, 3, 4, 5, 6]])
def test_what_is_done_before_a_product_is_done_by_its_weights(scale, dtype):
    rng = np.random.default_rng(2)
    x, W, b = (rng.standard_normal(shape).astype(dtype) for shape in ((50, 6), (6, 3), 3))
    scale, shift = np.array(scale, dtype), rng.standard_normal(6).astype(dtype)
    weights, biases, cut = PLAIN.then_scale(scale, shift).then_rectify().before(Workspace(), W, b)
    within = np.empty_like(x)
    cut.copy(x, within)
    exact = np.maximum(np.float64(scale) * x + shift, 0) @ np.float64(W) + b
    atol = 50 * np.finfo(dtype).eps * np.abs(exact).max()
    np.testing.assert_allclose(within @ weights + biases, exact, rtol=0, atol=atol)


@pytest.mark.parametrize("rectified", [True, False])
@pytest.mark.parametrize("S", [1, 2])
@pytest.mark.parametrize("scale", [[2, -3, 0, 1e-32, -1e-32, 0.5], [1, 2, 3, 4, 5, 6]])
def test_what_is_done_before_filters_of_single_channels_with_zeros_around(scale, S, rectified):
    """Here zeros around the volume are to stay zeros, whatever scale and shift are."""
    rng = np.random.default_rng(3)
    layer, (volume, K) = Conv(K=12, S=Extent(S, S), groups="depthwise"), (Volume(5, 7, 6), 12)
    layer = layer.complete(Context())
    x, W, b = (rng.standard_normal(shape) for shape in ((3, 7, 5, 6), (3, 3, 1, K), K))
    scale, shift = np.array(scale, np.float64), rng.standard_normal(6)
    work = PLAIN.then_scale(scale, shift)
    work = work.then_rectify() if rectified else work
    kernel, geometry = layer.plan((volume,), 3, None)
    scaled = scale * x + shift
    exact = kernel.forward(
        Workspace(), np.maximum(scaled, 0) if rectified else scaled, W, b, geometry
    )
    weights, biases, cut = work.before(Workspace(), W, b)
    ours = kernel.forward(Workspace(), x, weights, biases, geometry, PLAIN, cut)
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-12 * np.abs(exact).max())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_before_a_product_stays_so(value):
    graph = graph_of("INPUT(4x4x3) -> POOL -> BN -> RELU -> CONV1-2 -> FC-2")
    batch = noise(2, graph.image, graph.classes)
    with Engine(graph, threads=1, seed=0) as engine:
        engine.parameters.views["batchnorm1.beta"][0] = value
        assert not np.isfinite(engine.scores(batch)).any()
        engine.parameters.views["batchnorm1.beta"][0] = -value
        assert np.isfinite(engine.scores(batch)).all() == np.isinf(value)


def test_training_is_the_same_to_the_bit(graph, monkeypatch):
    _, *together = results(graph)
    compute_one_by_one(monkeypatch)
    _, *alone = results(graph)
    for ours, theirs in zip(together, alone, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_batchnorm_takes_gradients_back_through_its_own_relu():
    """So there is no volume of masked gradients; in any other epilogue RELU does that itself."""
    graph = graph_of("INPUT(8x8x3) -> CONV3-4 -> BN -> RELU -> CONV3-4 -> RELU -> CONV3-4 -> FC-3")
    called = []

    def note(node):
        def backward(run, *arguments):
            called.append((node.name, run.rectified is not None))
            return node.backward(run, *arguments)

        return replace(node, backward=backward)

    with Engine(graph, threads=1, seed=0, probe=note) as engine:
        engine.gradients(noise(4, graph.image, graph.classes), SoftmaxCrossEntropy(), 0)
    assert called == [
        *(("fc1", False), ("conv3", False), ("relu2", False), ("conv2", False)),
        *(("batchnorm1", True), ("conv1", False)),
    ]
