"""CONV and POOL against loops from the definition, for drawn shapes; and against PyTorch."""

import loops
import numpy as np
import pytest
from contract import Bench
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.kernels.geometry import Extent, Padding
from cnncli.layers.base import LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.hyperparameters import Volume
from cnncli.layers.pool import Pool
from cnncli.layers.windows import geometry

sides = st.integers(0, 3)


@st.composite
def windowed(draw, layer):
    """A layer of the family and a volume on which it has at least one place."""
    F = Extent(draw(st.integers(1, 4)), draw(st.integers(1, 4)))
    S = Extent(draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    P = Padding(*(draw(sides) for _ in range(4)))
    if layer is Pool:
        P = Padding(*(min(p, f - 1) for p, f in zip(P, (F.W, F.W, F.H, F.H), strict=True)))
    volume = Volume(draw(st.integers(1, 9)), draw(st.integers(1, 9)), draw(st.integers(1, 3)))
    made = layer(F=F, S=S, P=P, fit=draw(st.sampled_from(["crop", "pad"])))
    try:
        made.out_shape([volume])
    except LayerError:
        made = layer(F=Extent(1, 1), S=Extent(1, 1), P=Padding())
    return made, volume


@settings(max_examples=60, deadline=None)
@given(windowed(Conv), st.integers(1, 4))
def test_conv_is_its_definition(case, K):
    layer, volume = case
    bench = Bench(Conv(K=K, F=layer.F, S=layer.S, P=layer.P, fit=layer.fit), volume, n=2)
    where = geometry(bench.layer, volume)
    W, b = bench.params["W"], bench.params["b"]
    expected = loops.conv(bench.x, W, b, where.S, where.P, where.out)
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-10, atol=1e-10)
    dx, grads = bench.backward()
    for got, wanted in zip(
        (dx, grads["W"], grads["b"]),
        loops.conv_backward(bench.x, W, bench.dy, where.S, where.P),
        strict=True,
    ):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-10)


@settings(max_examples=60, deadline=None)
@given(windowed(Pool), st.sampled_from(["max", "average"]), st.booleans())
def test_pool_is_its_definition(case, mode, ties):
    layer, volume = case
    bench = Bench(Pool(F=layer.F, S=layer.S, P=layer.P, fit=layer.fit, mode=mode), volume, n=2)
    if ties:
        bench.x = np.round(bench.x)
    where = geometry(bench.layer, volume)
    expected = loops.pool(bench.x, where.F, where.S, where.P, where.out, mode)
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-12)
    dx, _ = bench.backward()
    wanted = loops.pool_backward(bench.x, bench.dy, where.F, where.S, where.P, mode)
    np.testing.assert_allclose(dx, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("volume", "K", "F", "S"),
    [
        (Volume(32, 32, 64), 64, 3, 1),
        (Volume(57, 31, 20), 48, 5, 1),
        (Volume(57, 31, 3), 100, 7, 2),
        (Volume(15, 7, 48), 20, 1, 1),
    ],
    ids=str,
)
def test_conv_in_blocks_and_in_float32(volume, K, F, S):
    """Larger than a cache block, to 1e-5 of the output's scale."""
    layer = Conv(K=K, F=Extent(F, F), S=Extent(S, S), fit="crop")
    single = Bench(layer, volume, n=5, dtype=np.float32)
    double = Bench(layer, volume, n=5)
    double.x, double.dy = single.x.astype(np.float64), single.dy.astype(np.float64)
    double.params = {name: p.astype(np.float64) for name, p in single.params.items()}
    where = geometry(double.layer, volume)
    W = double.params["W"]
    padded = np.pad(double.x, ((0, 0), (F // 2, F // 2), (F // 2, F // 2), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (F, F), (1, 2))[:, ::S, ::S]
    views = views[:, : where.out.H, : where.out.W]
    expected = np.einsum("nhwcij,ijck->nhwk", views, W, optimize=True) + double.params["b"]
    _close(single.forward(), expected)
    (dx, grads), (dx64, grads64) = single.backward(), double.backward()
    _close(grads64["W"], np.einsum("nhwcij,nhwk->ijck", views, double.dy, optimize=True), 1e-12)
    for got, wanted in ((dx, dx64), (grads["W"], grads64["W"]), (grads["b"], grads64["b"])):
        _close(got, wanted)


def _close(got, expected, tolerance=1e-5):
    scale = np.sqrt(np.mean(expected**2))
    assert np.max(np.abs(got - expected)) <= tolerance * scale


@pytest.mark.parametrize("P", [0, 1, 2])
@pytest.mark.parametrize("S", [1, 2, 3])
@pytest.mark.parametrize("F", [1, 3, 5])
def test_conv_agrees_with_pytorch(F, S, P):
    torch = pytest.importorskip("torch")
    bench = Bench(Conv(K=4, F=Extent(F, F), S=Extent(S, S), P=Padding(P, P, P, P), fit="crop"),
                  Volume(13, 11, 3))  # fmt: skip
    x = torch.tensor(bench.x).permute(0, 3, 1, 2).requires_grad_()
    W = torch.tensor(bench.params["W"]).permute(3, 2, 0, 1).requires_grad_()
    b = torch.tensor(bench.params["b"]).requires_grad_()
    y = torch.nn.functional.conv2d(x, W, b, stride=S, padding=P)
    y.backward(torch.tensor(bench.dy).permute(0, 3, 1, 2))
    dx, grads = bench.backward()
    np.testing.assert_allclose(bench.forward(), y.detach().permute(0, 2, 3, 1), atol=1e-10)
    np.testing.assert_allclose(dx, x.grad.permute(0, 2, 3, 1), atol=1e-10)
    np.testing.assert_allclose(grads["W"], W.grad.permute(2, 3, 1, 0), atol=1e-10)
    np.testing.assert_allclose(grads["b"], b.grad, atol=1e-10)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize(("F", "S", "P"), [(2, 2, 0), (3, 2, 0), (3, 2, 1), (3, 1, 1), (2, 3, 1)])
def test_pool_agrees_with_pytorch_also_in_ties(F, S, P, mode):
    torch = pytest.importorskip("torch")
    bench = Bench(Pool(F=Extent(F, F), S=Extent(S, S), P=Padding(P, P, P, P), mode=mode,
                       fit="crop"), Volume(13, 11, 3))  # fmt: skip
    bench.x = np.round(bench.x)
    x = torch.tensor(bench.x).permute(0, 3, 1, 2).requires_grad_()
    if mode == "max":
        y = torch.nn.functional.max_pool2d(x, F, S, P)
    else:
        y = torch.nn.functional.avg_pool2d(x, F, S, P, count_include_pad=False)
    y.backward(torch.tensor(bench.dy).permute(0, 3, 1, 2))
    np.testing.assert_allclose(bench.forward(), y.detach().permute(0, 2, 3, 1), atol=1e-12)
    np.testing.assert_allclose(bench.backward()[0], x.grad.permute(0, 2, 3, 1), atol=1e-12)
