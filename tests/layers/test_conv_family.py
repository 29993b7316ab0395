"""CONV, CONVT and LOCAL against loops from the definition, for drawn shapes."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cnncli.geometry import Extent, Padding, Volume
from cnncli.kernels.conv import definition
from cnncli.layers.base import LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.local import Local
from cnncli.layers.transposed_conv import ConvT
from cnncli.layers.windows import window_geometry
from tests.layers import definitions
from tests.layers.contract import Bench

E = Extent


def extents(largest):
    return st.builds(Extent, st.integers(1, largest), st.integers(1, largest))


paddings = st.builds(Padding, *(st.integers(0, 3) for _ in range(4)))
volumes = st.builds(Volume, st.integers(1, 8), st.integers(1, 8), st.integers(1, 3))
fits = st.sampled_from(["crop", "pad"])


def _fits(layer, volume):
    try:
        layer.out_shape([volume])
    except LayerError:
        return False
    return True


def _compare(bench, y, gradients):
    np.testing.assert_allclose(bench.forward(), y, rtol=1e-10, atol=1e-10)
    dx, grads = bench.backward()
    for got, wanted in zip((dx, grads["W"], grads["b"]), gradients, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-10, atol=1e-10)


@settings(max_examples=250, deadline=None)
@given(
    F=extents(4), S=extents(3), dilation=st.just(E(1, 1)) | extents(3), P=paddings, fit=fits,
    size=extents(9), groups=st.integers(1, 3), depth=st.integers(1, 3), filters=st.integers(1, 4),
)  # fmt: skip
def test_conv_by_definition(F, S, dilation, P, fit, size, groups, depth, filters):
    layer = Conv(K=groups * filters, F=F, S=S, P=P, fit=fit, dilation=dilation, groups=groups)
    volume = Volume(*size, groups * depth)
    assume(_fits(layer, volume))
    bench, geometry = Bench(layer, volume, n=2), window_geometry(layer, volume)
    W, b = bench.params["W"], bench.params["b"]
    assert W.shape == (F.H, F.W, depth, groups * filters)
    y = definition.forward(bench.x, W, b, geometry)
    _compare(bench, y, definition.backward(bench.x, W, bench.dy, geometry))


@settings(max_examples=100, deadline=None)
@given(
    F=extents(4), S=extents(3), dilation=st.just(E(1, 1)) | extents(3), P=paddings,
    extra=st.builds(Extent, st.integers(0, 2), st.integers(0, 2)), size=extents(6),
    groups=st.integers(1, 3), depth=st.integers(1, 3), filters=st.integers(1, 3),
)  # fmt: skip
def test_convt_by_definition(F, S, dilation, P, extra, size, groups, depth, filters):
    layer = ConvT(K=groups * filters, F=F, S=S, P=P, extra=extra, dilation=dilation, groups=groups)
    volume = Volume(*size, groups * depth)
    assume(_fits(layer, volume))
    bench = Bench(layer, volume, n=2)
    W, b = bench.params["W"], bench.params["b"]
    assert W.shape == (F.H, F.W, filters, volume.D)
    y = definitions.transposed(bench.x, W, b, S, P, bench.out, dilation)
    _compare(bench, y, definitions.transposed_backward(bench.x, W, bench.dy, S, P, dilation))


@settings(max_examples=60, deadline=None)
@given(F=extents(3), S=extents(3), P=paddings, fit=fits, volume=volumes, K=st.integers(1, 3))
def test_local_by_definition(F, S, P, fit, volume, K):
    layer = Local(K=K, F=F, S=S, P=P, fit=fit)
    assume(_fits(layer, volume))
    bench, geometry = Bench(layer, volume, n=2), window_geometry(layer, volume)
    W, b = bench.params["W"], bench.params["b"]
    y = definitions.local(bench.x, W, b, geometry)
    _compare(bench, y, definitions.local_backward(bench.x, W, bench.dy, geometry))


@pytest.mark.parametrize(
    "layer",
    [
        Conv(K=4),
        Conv(K=4, F=E(1, 1)),
        Conv(K=4, F=E(1, 1), groups=2),
        Conv(K=4, S=E(2, 2), groups=2),
        Conv(K=4, groups="depthwise", dilation=E(2, 2)),
        Conv(K=4, groups="depthwise", S=E(2, 2)),
        ConvT(K=4),
        ConvT(K=4, F=E(3, 3), S=E(1, 1)),
        Local(K=4),
    ],
    ids=str,
)
def test_the_first_layer_has_the_same_gradients_without_dx(layer):
    bench = Bench(layer, Volume(7, 5, 4))
    _, wanted = bench.backward()
    run = bench.run()
    run.needs_dx = False
    _, cache = bench.layer.forward(run, bench.params, bench.x)
    (dx,) = bench.layer.backward(run, bench.params, cache, bench.dy)
    assert dx is None
    for name in wanted:
        np.testing.assert_allclose(run.grads[name], wanted[name], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("S", [1, 2, 3])
def test_local_with_equal_filters_is_a_convolution(S):
    conv = Bench(Conv(K=3, S=E(S, S), fit="crop"), Volume(8, 9, 2))
    local = Bench(Local(K=3, S=E(S, S), fit="crop"), Volume(8, 9, 2))
    local.dy = conv.dy
    for name in ("W", "b"):
        shape = local.params[name].shape
        local.params[name] = np.broadcast_to(
            conv.params[name].reshape(shape[2:]), shape
        ).copy()  # fmt: skip
    np.testing.assert_allclose(local.forward(), conv.forward(), rtol=1e-12, atol=1e-12)
    (dx, grads), (local_dx, local_grads) = conv.backward(), local.backward()
    np.testing.assert_allclose(local_dx, dx, rtol=1e-12, atol=1e-12)
    summed = local_grads["W"].sum(axis=(0, 1)).reshape(grads["W"].shape)
    np.testing.assert_allclose(summed, grads["W"], rtol=1e-10, atol=1e-12)


def test_local_in_blocks_of_columns_and_in_float32():
    """One row of places, in all images, is more than a block."""
    volume = Volume(20, 3, 16)
    single = Bench(Local(K=5), volume, n=100, dtype=np.float32)
    padded = np.pad(single.x.astype(np.float64), ((0, 0), (1, 1), (1, 1), (0, 0)))
    views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), (1, 2))
    W = single.params["W"].astype(np.float64).reshape(3, 20, 3, 3, 16, 5)
    expected = np.einsum("nhwcij,hwijck->nhwk", views, W, optimize=True) + single.params["b"]
    np.testing.assert_allclose(single.forward(), expected, rtol=0, atol=1e-5 * np.std(expected))
    _, grads = single.backward()
    dW = np.einsum("nhwcij,nhwk->hwijck", views, single.dy, optimize=True)
    shape = grads["W"].shape
    np.testing.assert_allclose(grads["W"], dW.reshape(shape), rtol=0, atol=1e-5 * np.std(dW))
    double = Bench(Local(K=5), volume, n=100)
    double.params = {name: p.astype(np.float64) for name, p in single.params.items()}
    double.dy = single.dy.astype(np.float64)
    dx, dx64 = single.backward()[0], double.backward()[0]
    np.testing.assert_allclose(dx, dx64, rtol=0, atol=1e-5 * np.std(dx64))


@pytest.mark.parametrize(("F", "S", "P"), [(2, 2, 0), (3, 2, 1), (4, 2, 1), (3, 1, 1), (5, 3, 2)])
def test_convt_is_the_transpose_of_conv(F, S, P):
    """<convT(x), v> = <x, conv(v)> for every v, in blocks and in float32 too."""
    convt = ConvT(K=8, F=E(F, F), S=E(S, S), P=Padding(P, P, P, P), bias=False)
    volume = Volume(23, 17, 64)
    bench = Bench(convt, volume, n=5)
    conv = Conv(K=64, F=E(F, F), S=E(S, S), P=Padding(P, P, P, P), bias=False)
    back = Bench(conv, bench.out, n=5)
    assert back.out == volume
    back.params = bench.params
    y = bench.forward()
    np.testing.assert_allclose(np.sum(y * back.x), np.sum(bench.x * back.forward()), rtol=1e-9)
    single = Bench(convt, volume, n=5, dtype=np.float32)
    single.x, single.params["W"] = bench.x.astype(np.float32), bench.params["W"].astype(np.float32)
    np.testing.assert_allclose(single.forward(), y, rtol=0, atol=1e-5 * np.std(y))
