"""Winograd's convolution against the direct one in float64, and its error in float32."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.kernels import convolution, winograd
from cnncli.kernels.algorithms import has_winograd, winograd_pays
from cnncli.kernels.geometry import Extent, Geometry, Padding
from cnncli.kernels.workspace import Workspace


def geometry(W, H, F, P):
    out = Extent(W - F + 1 + P.left + P.right, H - F + 1 + P.top + P.bottom)
    return Geometry(Extent(W, H), Extent(F, F), Extent(1, 1), P, out)


def data(where, C, K, n, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    F = where.F.W
    x = rng.standard_normal((n, where.size.H, where.size.W, C)).astype(dtype)
    W = (rng.standard_normal((F, F, C, K)) / np.sqrt(F * F * C)).astype(dtype)
    b = rng.standard_normal(K).astype(dtype)
    dy = rng.standard_normal((n, where.out.H, where.out.W, K)).astype(dtype)
    return x, W, b, dy


def both(where, C, K, n, dtype=np.float64):
    """(y, dx, dW) of the direct convolution in float64, and of Winograd's in the dtype."""
    x, W, b, dy = data(where, C, K, n)
    direct = Workspace()
    y = convolution.forward(direct, x, W, b, where)
    dW = np.empty_like(W)
    dx = convolution.backward(direct, x, W, where, dy, dW=dW, needs_dx=True)
    x, W, b, dy = (array.astype(dtype) for array in (x, W, b, dy))
    fast, fast_dW = Workspace(), np.empty_like(W)
    fast_y = winograd.forward(fast, x, W, b, where)
    fast_dx = winograd.input_gradient(fast, W, where, dy)
    winograd.weight_gradient(fast, x, where, dy, fast_dW)
    return (y, dx, dW), (fast_y, fast_dx, fast_dW)


sizes = st.integers(1, 19)
pads = st.integers(0, 5)


@settings(max_examples=60)
@given(sizes, sizes, st.sampled_from([3, 5]), pads, pads, pads, pads, st.integers(1, 3))
def test_it_is_the_convolution(W, H, F, left, right, top, bottom, n):
    P = Padding(left, right, top, bottom)
    if W + left + right < F or H + top + bottom < F:
        return
    exact, fast = both(geometry(W, H, F, P), 3, 2, n)
    for a, b in zip(exact, fast, strict=True):
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-11 * max(1, np.abs(a).max()))


@pytest.mark.parametrize(
    ("size", "F", "C", "K", "n"), [(32, 3, 64, 16, 9), (57, 3, 20, 8, 3), (40, 5, 24, 12, 5)]
)
def test_more_than_one_block(size, F, C, K, n):
    P = Padding(*[F // 2] * 4)
    exact, fast = both(geometry(size, size, F, P), C, K, n)
    for a, b in zip(exact, fast, strict=True):
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-11 * np.abs(a).max())


@pytest.mark.parametrize(("F", "bound"), [(3, 2e-4), (5, 2e-4)])
@pytest.mark.parametrize("C", [3, 48, 256])
def test_the_error_in_float32(F, bound, C):
    """The largest error relative to the largest output."""
    P = Padding(*[F // 2] * 4)
    exact, fast = both(geometry(15, 14, F, P), C, 20, 4, np.float32)
    for a, b in zip(exact, fast, strict=True):
        assert b.dtype == np.float32
        assert np.abs(b - a).max() / np.abs(a).max() < bound


def test_which_convolutions_have_a_transform():
    where = geometry(9, 9, 3, Padding())
    assert has_winograd(where)
    assert has_winograd(geometry(9, 9, 5, Padding(4, 0, 1, 2)))
    assert not has_winograd(geometry(9, 9, 7, Padding()))
    assert not has_winograd(geometry(9, 9, 1, Padding()))
    strided = Geometry(Extent(9, 9), Extent(3, 3), Extent(2, 2), Padding(), Extent(4, 4))
    assert not has_winograd(strided)
    P = Padding(2, 2, 2, 2)
    dilated = Geometry(Extent(9, 9), Extent(3, 3), Extent(1, 1), P, Extent(9, 9), Extent(2, 2))
    assert not has_winograd(dilated)


@pytest.mark.parametrize(
    ("size", "F", "C", "K", "pays"),
    [
        (32, 3, 64, 64, True),
        (32, 3, 16, 16, True),
        (8, 3, 256, 256, True),
        (16, 5, 32, 32, True),
        (32, 3, 3, 64, False),  # a first layer: the transforms cost more than they save
        (32, 3, 64, 4, False),
        (1, 3, 64, 64, False),  # one place in a tile of sixteen
        (2, 3, 64, 64, False),
    ],
)
def test_where_it_pays(size, F, C, K, pays):
    assert winograd_pays(geometry(size, size, F, Padding(*[F // 2] * 4)), C, K) is pays
