"""CONV and CONVT in blocks and in float32, and against PyTorch."""

from dataclasses import replace

import numpy as np
import pytest

from cnncli.geometry import Extent, Padding, Volume
from cnncli.kernels.conv.profiles import SMALL_KERNELS
from cnncli.layers.conv import Conv
from cnncli.layers.transposed_conv import ConvT
from cnncli.layers.windows import window_geometry
from tests.layers.contract import Bench, check_with_pytorch

E = Extent


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
    names = double.layer.algorithms((volume,), 5, SMALL_KERNELS)
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


@pytest.mark.parametrize("groups", [1, 2, 6])
@pytest.mark.parametrize(
    ("S", "dilation", "extra"), [((2, 2), (1, 1), (1, 0)), ((1, 2), (2, 3), (1, 2))]
)
def test_a_convt_of_groups_agrees_with_pytorch(S, dilation, extra, groups):
    layer = ConvT(
        K=12, F=E(3, 2), S=E(*S), P=_all(1), dilation=E(*dilation), extra=E(*extra), groups=groups
    )
    _check_with_pytorch(layer, Volume(7, 5, 6))


def _all(side):
    return Padding(side, side, side, side)


def _check_with_pytorch(layer, volume):
    """PyTorch's filters are (K, C/G, F, F), and (C, K, F, F) transposed."""
    options = {"stride": (layer.S.H, layer.S.W), "padding": (layer.P.top, layer.P.left)}
    options |= {"dilation": (layer.dilation.H, layer.dilation.W), "groups": layer.groups}
    if isinstance(layer, ConvT):
        options["output_padding"] = (layer.extra.H, layer.extra.W)

    def theirs(F, x, W, b):
        function = F.conv2d if isinstance(layer, Conv) else F.conv_transpose2d
        return function(x, W.permute(3, 2, 0, 1), b, **options)

    check_with_pytorch(Bench(layer, volume), theirs, atol=1e-10)
