"""Winograd's convolution against the direct one in float64, and its error in float32."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.conv import direct, winograd, winograd_columns
from cnncli.kernels.conv.cost_model import algorithms
from cnncli.kernels.conv.profiles import PACKING, SMALL_KERNELS
from cnncli.kernels.conv.winograd_transforms import tile, transforms
from cnncli.kernels.workspace import Workspace

both_kinds = pytest.mark.parametrize("kind", [winograd, winograd_columns])


def geometry(W, H, F, P):
    F = Extent(*F) if isinstance(F, tuple) else Extent(F, F)
    out = Extent(W - F.W + 1 + P.left + P.right, H - F.H + 1 + P.top + P.bottom)
    return Geometry(Extent(W, H), F, Extent(1, 1), P, out)


def data(where, C, K, n, dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    F = where.F
    x = rng.standard_normal((n, where.size.H, where.size.W, C)).astype(dtype)
    W = (rng.standard_normal((F.H, F.W, C, K)) / np.sqrt(F.H * F.W * C)).astype(dtype)
    b = rng.standard_normal(K).astype(dtype)
    dy = rng.standard_normal((n, where.out.H, where.out.W, K)).astype(dtype)
    return x, W, b, dy


def both(kind, where, C, K, n, dtype=np.float64):
    """(y, dx, dW) of the direct convolution in float64, and of Winograd's in the dtype."""
    x, W, b, dy = data(where, C, K, n)
    workspace = Workspace()
    y = direct.forward(workspace, x, W, b, where)
    dW = np.empty_like(W)
    dx = direct.backward(workspace, x, W, where, dy, dW)
    x, W, b, dy = (array.astype(dtype) for array in (x, W, b, dy))
    fast, fast_dW = Workspace(), np.empty_like(W)
    fast_y = kind.forward(fast, x, W, b, where)
    fast_dx = kind.backward(fast, x, W, where, dy, fast_dW)
    return (y, dx, dW), (fast_y, fast_dx, fast_dW)


def assert_equal(exact, fast):
    for a, b in zip(exact, fast, strict=True):
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-11 * max(1, np.abs(a).max()))


sizes = st.integers(1, 19)
pads = st.integers(0, 5)
filters = st.sampled_from([3, 5])


@both_kinds
@settings(max_examples=60)
@given(sizes, sizes, filters, filters, pads, pads, pads, pads, st.integers(1, 3))
def test_it_is_the_convolution(kind, W, H, FW, FH, left, right, top, bottom, n):
    P = Padding(left, right, top, bottom)
    if W + left + right < FW or H + top + bottom < FH:
        return
    assert_equal(*both(kind, geometry(W, H, (FW, FH), P), 3, 2, n))


@pytest.mark.parametrize("FW", [1, 2, 4, 7])
def test_down_the_columns_of_filters_of_any_width(FW):
    where = geometry(13, 11, (FW, 3), Padding(FW // 2, FW // 2, 1, 1))
    assert_equal(*both(winograd_columns, where, 3, 2, 2))


@both_kinds
@pytest.mark.parametrize(
    ("size", "F", "C", "K", "n"),
    [(32, 3, 64, 16, 9), (57, 3, 20, 8, 3), (40, 5, 24, 12, 5), (130, 3, 48, 40, 2)],
)
def test_more_than_one_block(kind, size, F, C, K, n):
    """And products in pieces of rows: C * K * rows is more than what is not copied."""
    P = Padding(*[F // 2] * 4)
    assert_equal(*both(kind, geometry(size, size, F, P), C, K, n))


@pytest.mark.parametrize(("size", "bound"), [(15, 2e-4), (2, 2e-5)])
@both_kinds
@pytest.mark.parametrize("F", [3, 5])
@pytest.mark.parametrize("C", [3, 48, 256])
def test_the_error_in_float32(kind, F, C, size, bound):
    """The largest error relative to the largest output: tiles of 4 places and of 2."""
    P = Padding(*[F // 2] * 4)
    where = geometry(size, size, F, P)
    assert tile(where) == Extent(*[4 if size == 15 else 2] * 2)
    exact, fast = both(kind, where, C, 20, 4, np.float32)
    for a, b in zip(exact, fast, strict=True):
        assert b.dtype == np.float32
        assert np.abs(b - a).max() / np.abs(a).max() < bound


def test_the_transforms_of_lavin_and_gray():
    """F(2, 3) and F(4, 3), up to the scale of rows, which G takes and A' leaves."""
    window, filters, places = transforms(3, 2)
    np.testing.assert_array_equal(places, [[1, 1, 1, 0], [0, 1, -1, 1]])
    np.testing.assert_array_equal(
        window, [[-1, 0, 1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]]
    )
    np.testing.assert_allclose(filters, [[-1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
    places = transforms(3, 4).places
    np.testing.assert_array_equal(
        places,
        [
            [1, 1, 1, 1, 1, 0],
            [0, 1, -1, 2, -2, 0],
            [0, 1, 1, 4, 4, 0],
            [0, 1, -1, 8, -8, 1],
        ],
    )


def strided(F, S, dilation=1):
    reach = (F - 1) * dilation + 1
    rest = -(9 - reach) % S
    out = (9 - reach + rest) // S + 1
    one = Extent(F, F), Extent(S, S), Padding(0, rest, 0, rest)
    return Geometry(Extent(9, 9), *one, Extent(out, out), Extent(dilation, dilation))


def test_which_convolutions_have_which_algorithms():
    def names(where):
        return set(algorithms(where, 8, 8, 4, SMALL_KERNELS))

    columns = {"direct", "winograd-columns"}
    everything = columns | {"winograd"}
    assert names(geometry(9, 9, 3, Padding())) == everything
    assert names(geometry(9, 9, 5, Padding(4, 0, 1, 2))) == everything
    assert names(geometry(9, 9, (3, 5), Padding())) == everything
    assert names(geometry(9, 9, (7, 3), Padding())) == columns
    assert names(geometry(9, 9, (3, 7), Padding())) == {"direct"}
    assert names(geometry(9, 9, 1, Padding())) == {"direct"}
    assert names(strided(3, 2)) == {"direct"}
    assert names(strided(3, 1, dilation=2)) == {"direct"}


@pytest.mark.parametrize(
    ("size", "F", "C", "K", "images", "small_kernels", "packing"),
    [
        (32, 3, 64, 64, 64, "winograd", "winograd"),
        (8, 3, 256, 256, 64, "winograd", "winograd"),
        (16, 5, 32, 32, 64, "winograd", "winograd"),
        (32, 3, 16, 16, 64, "winograd-columns", "winograd-columns"),
        (32, 5, 3, 32, 64, "winograd-columns", "winograd-columns"),
        (14, 3, 3, 16, 64, "winograd-columns", "direct"),
        (1, 3, 64, 64, 64, "direct", "direct"),  # one place in a tile of four
        (2, 3, 16, 16, 64, "direct", "direct"),
        (8, 3, 256, 256, 1, "direct", "direct"),  # the filters' transforms serve one image only
    ],
)
def test_which_is_expected_to_be_the_fastest(size, F, C, K, images, small_kernels, packing):
    where = geometry(size, size, F, Padding(*[F // 2] * 4))
    assert algorithms(where, C, K, images, SMALL_KERNELS)[0] == small_kernels
    assert algorithms(where, C, K, images, PACKING)[0] == packing
