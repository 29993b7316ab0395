"""FLATTEN, PAD and UPSAMPLE against loops and PyTorch; what they see of their input."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.base import LayerError, Param
from cnncli.layers.reading import Reading, Reads, whole
from cnncli.layers.reshape import Flatten, Pad, Scale, Upsample
from tests.layers import definitions
from tests.layers.contract import Bench, check_with_pytorch

volumes = st.builds(Volume, st.integers(1, 5), st.integers(1, 5), st.integers(1, 3))
sides = st.builds(Padding, *[st.integers(0, 3)] * 4)
channels = st.integers(0, 3)
factors = st.builds(Extent, st.integers(1, 3), st.integers(1, 3))


def test_flatten_is_in_the_order_of_memory():
    bench = Bench(Flatten(), Volume(3, 2, 4), n=2)
    assert bench.out == (1, 1, 24)
    y = bench.forward()
    np.testing.assert_array_equal(y.reshape(-1), bench.x.reshape(-1))
    assert y[1, 0, 0, 1 * 3 * 4 + 2 * 4 + 3] == bench.x[1, 1, 2, 3]
    np.testing.assert_array_equal(bench.backward()[0], bench.dy.reshape(2, 2, 3, 4))


@settings(max_examples=30)
@given(volumes, sides, channels, channels)
def test_pad_is_its_definition(volume, P, front, back):
    bench = Bench(Pad(P=P, front=front, back=back), volume, n=2)
    np.testing.assert_array_equal(bench.forward(), definitions.pad(bench.x, P, front, back))
    marked = definitions.pad(np.ones_like(bench.x), P, front, back) == 1
    np.testing.assert_array_equal(bench.backward()[0].ravel(), bench.dy[marked])


def test_pad_in_depth_agrees_with_pytorch():
    torch = pytest.importorskip("torch")
    bench = Bench(Pad(P=Padding(1, 0, 2, 3), front=2, back=1), Volume(5, 3, 2))
    y = torch.nn.functional.pad(torch.tensor(bench.x), (2, 1, 1, 0, 2, 3))
    np.testing.assert_array_equal(bench.forward(), y)


@settings(max_examples=30)
@given(volumes, factors)
def test_upsample_is_its_definition(volume, S):
    bench = Bench(Upsample(S=S), volume, n=2)
    np.testing.assert_array_equal(bench.forward(), definitions.upsample(bench.x, S))
    dx = np.zeros(bench.x.shape)
    for n, i, j, c in np.ndindex(bench.dy.shape):
        dx[n, i // S.H, j // S.W, c] += bench.dy[n, i, j, c]
    np.testing.assert_allclose(bench.backward()[0], dx, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("S", [Extent(2, 2), Extent(3, 2), Extent(1, 5)], ids=str)
def test_upsample_agrees_with_pytorch(S):
    bench = Bench(Upsample(S=S), Volume(5, 3, 2))

    def theirs(F, x):
        return F.interpolate(x, scale_factor=(S.H, S.W), mode="nearest")

    y = check_with_pytorch(bench, theirs, atol=0, rtol=1e-12)
    np.testing.assert_array_equal(bench.forward(), y)


def test_shapes_and_windows():
    volume = Volume(5, 3, 2)
    assert Pad(P=Padding(1, 0, 2, 4)).out_shape([volume]) == (6, 9, 2)
    assert Pad(P=Padding(), front=1, back=4).out_shape([volume]) == (5, 3, 7)
    (reads,) = Pad(P=Padding(1, 0, 2, 4), mode="edge").reads([volume])
    assert reads.axes == (
        Reading((range(-1, 0),), beyond="edge"),
        Reading((range(-2, -1),), beyond="edge"),
    )
    assert Upsample().out_shape([volume]) == (10, 6, 2)
    assert Upsample(S=Extent(2, 3)).out_shape([volume]) == (10, 9, 2)
    assert Upsample(S=Extent(2, 3)).reads([volume]) == (Reads(Reading(each=2), Reading(each=3)),)
    assert Flatten().reads([volume]) == (whole(volume, groups=1),)
    assert whole(volume, groups=1).axes == (Reading((range(5),), 0), Reading((range(3),), 0))


@pytest.mark.parametrize("S", [Extent(2, 2), Extent(3, 2), Extent(1, 5), Extent(4, 4)], ids=str)
@pytest.mark.parametrize("volume", [Volume(5, 3, 2), Volume(1, 1, 1), Volume(2, 7, 3)], ids=str)
def test_bilinear_agrees_with_pytorch(S, volume):
    bench = Bench(Upsample(S=S, mode="bilinear"), volume)
    check_with_pytorch(
        bench,
        lambda F, x: F.interpolate(x, scale_factor=(S.H, S.W), mode="bilinear"),
        atol=1e-12,
    )


@settings(max_examples=30)
@given(volumes, sides, st.sampled_from(["reflect", "edge"]))
def test_borders_are_those_of_numpy(volume, P, mode):
    layer = Pad(P=P, mode=mode)
    if mode == "reflect" and (max(P[:2]) >= volume.W or max(P[2:]) >= volume.H):
        with pytest.raises(LayerError, match="is more than a mirror on the last pixel"):
            layer.out_shape([volume])
        return
    bench = Bench(layer, volume, n=2)
    expected = np.pad(bench.x, ((0, 0), P[2:], P[:2], (0, 0)), mode=mode)
    np.testing.assert_array_equal(bench.forward(), expected)


def test_a_trained_scale_by_its_definition():
    bench = Bench(Scale(by=0.5, trained=True), Volume(37, 41, 19), n=5)
    gamma, beta = bench.params["gamma"], bench.params["beta"]
    np.testing.assert_allclose(bench.forward(), bench.x * gamma + beta, atol=1e-14)
    dx, grads = bench.backward()
    np.testing.assert_allclose(dx, bench.dy * gamma, atol=1e-14)
    np.testing.assert_allclose(grads["gamma"], (bench.dy * bench.x).sum((0, 1, 2)), atol=1e-9)
    np.testing.assert_allclose(grads["beta"], bench.dy.sum((0, 1, 2)), atol=1e-9)


def test_layer_scale_has_no_shift():
    layer = Scale(by=1e-6, trained=True, shift=False)
    assert layer.param_shapes([Volume(3, 2, 7)]) == {"gamma": Param((7,), 1e-6, False)}
