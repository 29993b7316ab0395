"""CONV and POOL against loops from the definition, for drawn shapes; and against PyTorch."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.geometry import Extent, Padding, Volume
from cnncli.kernels.conv import definition
from cnncli.layers.base import LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.pool import Pool
from cnncli.layers.transposed_conv import ConvT
from cnncli.layers.windows import window_geometry
from tests.layers import definitions
from tests.layers.contract import Bench

E = Extent
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
    geometry = window_geometry(bench.layer, volume)
    W, b = bench.params["W"], bench.params["b"]
    expected = definition.forward(bench.x, W, b, geometry)
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-10, atol=1e-10)
    dx, grads = bench.backward()
    for got, wanted in zip(
        (dx, grads["W"], grads["b"]),
        definition.backward(bench.x, W, bench.dy, geometry),
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
    geometry = window_geometry(bench.layer, volume)
    expected = definitions.pool(bench.x, geometry, mode)
    np.testing.assert_allclose(bench.forward(), expected, rtol=1e-12)
    dx, _ = bench.backward()
    wanted = definitions.pool_backward(bench.x, bench.dy, geometry, mode)
    np.testing.assert_allclose(dx, wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    ("layer", "volume"),
    [
        (Conv(K=64), Volume(32, 32, 64)),
        (Conv(K=48, F=Extent(5, 5)), Volume(57, 31, 20)),
        (Conv(K=100, F=Extent(7, 7), S=Extent(2, 2)), Volume(57, 31, 3)),
        (Conv(K=20, F=Extent(1, 1)), Volume(15, 7, 48)),
        # one image is more than a block
        (Conv(K=8, F=Extent(1, 1)), Volume(96, 64, 64)),
        (Conv(K=32, F=Extent(1, 1), groups=4), Volume(96, 64, 64)),
        (Conv(K=8, S=Extent(2, 2), groups=2, fit="crop"), Volume(99, 64, 64)),
        (Conv(K=48, groups=3), Volume(57, 31, 24)),
        (Conv(K=16, dilation=Extent(2, 2)), Volume(57, 31, 20)),
        (Conv(K=64, groups="depthwise"), Volume(57, 31, 64)),
        (Conv(K=96, S=Extent(2, 2), groups="depthwise"), Volume(57, 31, 48)),
        (Conv(K=48, dilation=Extent(3, 3), groups="depthwise"), Volume(57, 31, 48)),
    ],
    ids=str,
)
def test_conv_in_blocks_and_in_float32(layer, volume):
    """Larger than a cache block, to 1e-5 of the output's scale; to 2e-4 by Winograd's algorithm."""
    layer = replace(layer, fit="crop")
    single = Bench(layer, volume, n=5, dtype=np.float32)
    double = Bench(layer, volume, n=5)
    double.x, double.dy = single.x.astype(np.float64), single.dy.astype(np.float64)
    double.params = {name: p.astype(np.float64) for name, p in single.params.items()}
    W = double.params["W"]
    windows = _windows_by_group(double.x, W, window_geometry(double.layer, volume))
    groups, K = windows.shape[0], W.shape[3]
    filters = W.reshape(*W.shape[:3], groups, -1).transpose(3, 2, 0, 1, 4)
    y = windows @ filters.reshape(groups, -1, K // groups)
    names = double.layer.algorithms((volume,), 5)
    bound = 2e-4 if names and names[0] != "direct" else 1e-5
    y = y.transpose(1, 0, 2).reshape(double.dy.shape) + double.params["b"]
    _close(single.forward(), y, bound)
    (dx, grads), (dx64, grads64) = single.backward(), double.backward()
    dy = double.dy.reshape(-1, groups, K // groups).transpose(1, 0, 2)
    dW = (windows.transpose(0, 2, 1) @ dy).reshape(filters.shape)
    _close(grads64["W"], dW.transpose(2, 3, 1, 0, 4).reshape(W.shape), 1e-12)
    for got, wanted in ((dx, dx64), (grads["W"], grads64["W"]), (grads["b"], grads64["b"])):
        _close(got, wanted, bound)


def _windows_by_group(x, W, geometry):
    """The windows as (G, places, C/G * F * F), by NumPy's own view."""
    FH, FW, depth, _ = W.shape
    P, reach, out = geometry.P, geometry.reach, geometry.out
    padded = np.pad(x, ((0, 0), (P.top, P.top), (P.left, P.left), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (reach.H, reach.W), (1, 2))
    views = views[
        :, :: geometry.S.H, :: geometry.S.W, ..., :: geometry.dilation.H, :: geometry.dilation.W
    ]
    views = views[:, : out.H, : out.W].reshape(len(x), out.H, out.W, -1, depth * FH * FW)
    return views.transpose(3, 0, 1, 2, 4).reshape(views.shape[3], -1, views.shape[4])


def _close(got, expected, tolerance=1e-5):
    scale = np.sqrt(np.mean(expected**2))
    assert np.max(np.abs(got - expected)) <= tolerance * scale


@pytest.mark.parametrize("P", [0, 1, 2])
@pytest.mark.parametrize("S", [1, 2, 3])
@pytest.mark.parametrize("F", [1, 3, 5])
def test_conv_agrees_with_pytorch(F, S, P):
    _check_with_pytorch(Conv(K=4, F=E(F, F), S=E(S, S), P=_all(P), fit="crop"), Volume(13, 11, 3))


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("S", [1, 2])
@pytest.mark.parametrize(
    ("D", "K", "groups"), [(6, 4, 2), (6, 9, 3), (6, 6, 6), (3, 6, 3), (24, 12, 12)]
)
def test_groups_and_dilation_agree_with_pytorch(D, K, groups, S, dilation):
    layer = Conv(
        K=K, F=E(3, 2), S=E(S, S), P=_all(2), dilation=E(dilation, dilation), groups=groups,
        fit="crop",
    )  # fmt: skip
    _check_with_pytorch(layer, Volume(13, 11, D))


@pytest.mark.parametrize(("F", "S", "P"), [(2, 2, 0), (3, 2, 1), (4, 2, 1), (3, 1, 1), (1, 2, 0)])
def test_convt_agrees_with_pytorch(F, S, P):
    _check_with_pytorch(ConvT(K=4, F=E(F, F), S=E(S, S), P=_all(P)), Volume(7, 5, 3))


def _all(side):
    return Padding(side, side, side, side)


def _check_with_pytorch(layer, volume):
    """Outputs and gradients; PyTorch's filters are (K, C/G, F, F), and (C, K, F, F) transposed."""
    torch = pytest.importorskip("torch")
    bench = Bench(layer, volume)
    x = torch.tensor(bench.x).permute(0, 3, 1, 2).requires_grad_()
    W = torch.tensor(bench.params["W"]).permute(3, 2, 0, 1).requires_grad_()
    b = torch.tensor(bench.params["b"]).requires_grad_()
    options = {"stride": (layer.S.H, layer.S.W), "padding": (layer.P.top, layer.P.left)}
    if isinstance(layer, Conv):
        dilation = (layer.dilation.H, layer.dilation.W)
        options |= {"dilation": dilation, "groups": layer.groups}
    function = torch.nn.functional.conv2d
    if isinstance(layer, ConvT):
        function = torch.nn.functional.conv_transpose2d
    y = function(x, W, b, **options)
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
