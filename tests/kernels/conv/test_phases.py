"""Convolutions at a stride as sums of convolutions at stride 1, beside the definition's loops."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncli.geometry import Extent, Geometry, Padding
from cnncli.kernels.conv import definition, depthwise
from cnncli.kernels.conv.phases import phases, phases_across
from cnncli.kernels.conv.strided_gradient import strided_input_gradient
from cnncli.kernels.workspace import Workspace


@st.composite
def axes(draw):
    """Size, filter, stride, dilation, zeros before (or crop), places and zeros after."""
    F, S, dilation, out = (draw(st.integers(1, most)) for most in (5, 4, 3, 4))
    before, size = draw(st.integers(-2, 4)), draw(st.integers(1, 9))
    after = (out - 1) * S + (F - 1) * dilation + 1 - before - size
    assume(-size - min(before, 0) < after < 6)
    return size, F, S, dilation, before, out, after


@st.composite
def geometries(draw):
    across, down = draw(axes()), draw(axes())
    sizes, F, S, dilation, before, out, after = zip(across, down, strict=True)
    P = Padding(before[0], after[0], before[1], after[1])
    return Geometry(*map(Extent._make, (sizes, F, S)), P, Extent(*out), Extent(*dilation))


@pytest.mark.parametrize("cut", [phases, phases_across])
@given(geometry=geometries())
def test_the_phases_add_up_to_the_convolution(cut, geometry):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, geometry.size.H, geometry.size.W, 2))
    W = rng.standard_normal((geometry.F.H, geometry.F.W, 1, 2))
    y, seen, taken = 0, np.zeros(x.shape), np.zeros(W.shape)
    for part in cut(geometry):
        assert Extent(1, 1 if cut is phases else geometry.S.H) == part.geometry.S
        part.of(seen)[...] += 1
        taken[part.taps] += 1
        y = y + definition.forward(part.of(x), W[part.taps], None, part.geometry)
    np.testing.assert_allclose(y, definition.forward(x, W, None, geometry), atol=1e-12)
    assert np.all(taken == 1)
    assert np.max(seen) <= 1


@pytest.mark.parametrize("C", [2, 130])
@given(geometry=geometries())
def test_depthwise_is_the_definition_with_pixels_of_any_depth(C, geometry):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((1, geometry.size.H, geometry.size.W, C))
    W = rng.standard_normal((geometry.F.H, geometry.F.W, 1, C))
    dy = rng.standard_normal((1, geometry.out.H, geometry.out.W, C))
    dW, few = np.empty_like(W), slice(2)  # channels that the loops go through
    y = depthwise.forward(Workspace(), x, W, None, geometry)
    dx = depthwise.backward(Workspace(), x, W, geometry, dy, dW)
    expected = definition.forward(x[..., few], W[..., few], None, geometry)
    np.testing.assert_allclose(y[..., few], expected, atol=1e-12)
    wanted = definition.backward(x[..., few], W[..., few], dy[..., few], geometry)
    for got, gradient in zip((dx, dW), wanted, strict=False):
        np.testing.assert_allclose(got[..., few], gradient, atol=1e-12)


@pytest.mark.parametrize("C", [3, 130])
@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_what_is_not_finite_reaches_the_places_that_see_it(C, number):
    """And, backward, the pixels that a place sees: no zero of a phase is multiplied with it."""
    geometry = Geometry(Extent(9, 9), Extent(3, 3), Extent(2, 2), Padding(1, 1, 1, 1), Extent(5, 5))
    x, W, dy = np.ones((1, 9, 9, C)), np.ones((3, 3, 1, C)), np.ones((1, 5, 5, C))
    x[0, 4, 5, 1] = dy[0, 2, 3, 1] = number
    y = depthwise.forward(Workspace(), x, W, None, geometry)
    assert np.argwhere(~np.isfinite(y)).tolist() == [[0, 2, 2, 1], [0, 2, 3, 1]]
    dx = depthwise.backward(Workspace(), np.ones_like(x), W, geometry, dy, np.empty_like(W))
    seen = [[0, i, j, 1] for i in (3, 4, 5) for j in (5, 6, 7)]
    assert np.argwhere(~np.isfinite(dx)).tolist() == seen


@pytest.mark.parametrize("groups", [1, 2])
@given(geometry=geometries())
def test_the_gradient_of_deep_volumes_is_the_definition(groups, geometry):
    rng = np.random.default_rng(2)
    x = np.zeros((2, geometry.size.H, geometry.size.W, 16 * groups))
    W = rng.standard_normal((geometry.F.H, geometry.F.W, 16, 2))
    dy = rng.standard_normal((2, geometry.out.H, geometry.out.W, 2))
    dx = strided_input_gradient(Workspace(), W, geometry, dy, x.shape)
    expected, *_ = definition.backward(x, W, dy, geometry)
    np.testing.assert_allclose(dx, expected, atol=1e-12)
