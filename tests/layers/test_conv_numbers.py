"""Sizes, parameters, costs and complaints of the layers with filters and windows."""

from dataclasses import replace
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.base import Context, LayerError
from cnncli.layers.conv import Conv
from cnncli.layers.fields import GroupCount
from cnncli.layers.local import Local
from cnncli.layers.pool import Pool
from cnncli.layers.reading import Reading, Reads
from cnncli.layers.transposed_conv import ConvT
from cnncli.layers.windows import window_geometry
from tests.layers.contract import Bench, check_layer
from tests.messages import error_text

E = Extent


def _all(side):
    return Padding(side, side, side, side)


def _parameters(layer, volume):
    shapes = layer.complete(Context()).param_shapes([volume])
    return sum(int(np.prod(param.shape)) for param in shapes.values())


@pytest.mark.parametrize(
    ("layer", "volume", "parameters"),
    [
        # the notes' count for AlexNet's first layer, with and without sharing
        (Conv(K=96, F=E(11, 11), S=E(4, 4), P=Padding()), Volume(227, 227, 3), 34_944),
        (Local(K=96, F=E(11, 11), S=E(4, 4), P=Padding()), Volume(227, 227, 3), 105_705_600),
        # AlexNet's second layer, in two groups (Krizhevsky et al. 2012)
        (Conv(K=256, F=E(5, 5), groups=2), Volume(27, 27, 96), 307_456),
        # a depthwise layer of MobileNet (Howard et al. 2017)
        (Conv(K=512, groups="depthwise", bias=False), Volume(14, 14, 512), 4_608),
        # a step up of U-Net (Ronneberger et al. 2015)
        (ConvT(K=512), Volume(28, 28, 1024), 2_097_664),
    ],
    ids=str,
)
def test_published_parameters(layer, volume, parameters):
    assert _parameters(layer, volume) == parameters


def test_the_notes_unshared_parameters_are_those_of_local():
    volume = Volume(227, 227, 3)
    conv = Conv(K=96, F=E(11, 11), S=E(4, 4), P=Padding())
    local = Local(K=96, F=E(11, 11), S=E(4, 4), P=Padding())
    assert conv.cost([volume]).unshared == local.cost([volume]).unshared == 105_705_600
    assert conv.cost([volume]).macs == local.cost([volume]).macs


def test_groups_divide_the_cost_and_the_fans():
    volume = Volume(8, 6, 12)
    whole = Conv(K=24).complete(Context())
    split = Conv(K=24, groups=4).complete(Context())
    assert split.cost([volume]).macs * 4 == whole.cost([volume]).macs == 8 * 6 * 24 * 9 * 12
    assert split.cost([volume]).connections == 9 * 3
    assert split.cost([volume]).unshared == 8 * 6 * 24 * (9 * 3 + 1)
    W = split.param_shapes([volume])["W"]
    assert (W.shape, W.fan_in, W.fan_out) == ((3, 3, 3, 24), 9 * 3, 9 * 6)
    depthwise = Conv(K=12, groups="depthwise").complete(Context()).param_shapes([volume])["W"]
    assert (depthwise.shape, depthwise.fan_in, depthwise.fan_out) == ((3, 3, 1, 12), 9, 9)


def test_filters_of_one_channel_in_depthwise_count_their_own_gradient():
    volume = Volume(8, 6, 12)
    assert Conv(K=12, groups=12, P=_all(1)).memory([volume]).transient_bytes == 0
    assert Conv(K=24, groups=12, P=_all(1)).memory([volume]).transient_bytes == 4 * 8 * 6 * 24


@pytest.mark.parametrize(
    ("F", "S", "connections", "fan_in"),
    [(2, 2, 5, 5), (4, 2, 20, 20), (3, 2, 20, 11), (3, 1, 45, 45), (1, 3, 5, 1)],
)
def test_fans_and_costs_of_convt(F, S, connections, fan_in):
    """A place of the output sees at most ceil(F/S) pixels in each axis, on average F/S."""
    layer = ConvT(K=7, F=E(F, F), S=E(S, S))
    cost = layer.cost([Volume(4, 3, 5)])
    assert cost.macs == 4 * 3 * 5 * F * F * 7
    assert cost.connections == connections
    W = layer.param_shapes([Volume(4, 3, 5)])["W"]
    assert (W.shape, W.fan_in, W.fan_out) == ((F, F, 7, 5), fan_in, F * F * 7)


@pytest.mark.parametrize(
    ("layer", "volume", "expected"),
    [
        (ConvT(K=3), Volume(7, 5, 2), Volume(14, 10, 3)),
        (ConvT(K=3, F=E(4, 4), P=_all(1)), Volume(7, 5, 2), Volume(14, 10, 3)),
        (ConvT(K=3, F=E(3, 5), S=E(2, 3)), Volume(7, 5, 2), Volume(15, 17, 3)),
        (ConvT(K=3, F=E(3, 3), P=Padding(1, 0, 0, 1)), Volume(7, 5, 2), Volume(14, 10, 3)),
        (ConvT(K=3, F=E(5, 1), S=E(2, 3), P="same"), Volume(7, 5, 2), Volume(14, 15, 3)),
        (ConvT(K=3, F=E(3, 3), P=_all(1), extra=E(1, 1)), Volume(7, 5, 2), Volume(14, 10, 3)),
        (ConvT(K=3, F=E(3, 3), dilation=E(2, 2), P="same"), Volume(7, 5, 2), Volume(14, 10, 3)),
        (Local(K=3, F=E(3, 5)), Volume(7, 5, 2), Volume(7, 5, 3)),
        (Local(K=3, S=E(2, 2), fit="crop"), Volume(8, 8, 2), Volume(4, 4, 3)),
        (Conv(K=3, dilation=E(2, 3)), Volume(7, 5, 2), Volume(7, 5, 3)),
        (Conv(K=3, dilation=E(2, 2), P="same", S=E(2, 2)), Volume(7, 8, 2), Volume(4, 4, 3)),
    ],
    ids=str,
)
def test_sizes(layer, volume, expected):
    bench = Bench(layer, volume)
    assert bench.out == expected
    assert bench.forward().shape == (3, expected.H, expected.W, expected.D)


@given(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    st.sampled_from(["strict", "crop", "pad"]),
)
def test_same_gives_as_many_places_as_strides(size, F, S, fit):
    """W/S rounded up, under each `fit`, and where windows leave pixels out between them."""
    for layer in (Conv(K=1, F=E(*F), S=E(*S), P="same", fit=fit), Pool(F=E(*F), S=E(*S), P="same")):
        geometry = window_geometry(layer.complete(Context(fit=fit)), Volume(*size, 1))
        assert geometry.out == tuple(ceil(Fraction(w, s)) for w, s in zip(size, S, strict=True))
        across, down = geometry.P.left + geometry.P.right, geometry.P.top + geometry.P.bottom
        assert max(geometry.P.left, geometry.P.top) >= 0
        assert across < F[0]
        assert down < F[1]


def test_branches_of_one_stride_can_be_added():
    """A shortcut of 1x1 and a path of 3x3, both at stride 2."""
    one, three = (
        Bench(Conv(K=4, F=E(f, f), S=E(2, 2), P="same"), Volume(10, 7, 3)) for f in (1, 3)
    )
    assert one.out == three.out == Volume(5, 4, 4)
    x, W = one.x[:, ::2, ::2], one.params["W"][0, 0]
    np.testing.assert_allclose(one.forward(), x @ W + one.params["b"], rtol=1e-12)


@pytest.mark.parametrize("layer", [Conv(K=3), Local(K=3), Pool(mode="average")], ids=str)
def test_pixels_between_windows(layer):
    """The contract holds where the last ones are cropped."""
    check_layer(replace(layer, F=E(1, 2), S=E(3, 4), P="same"), Volume(9, 8, 2))


def test_a_dilated_window_is_seen_whole():
    layer = Conv(dilation=E(2, 3)).complete(Context())
    assert Padding(2, 2, 3, 3) == layer.P
    across, down = Reading((range(-2, 3, 2),)), Reading((range(-3, 4, 3),))
    assert layer.reads([Volume(9, 9, 4)]) == (Reads(across, down, groups=1),)


@pytest.mark.parametrize("P", [0, 1, 2])
@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("F", "S"), [(2, 2), (4, 2), (3, 2), (3, 1), (5, 3), (2, 3), (1, 2), (3, 6)]
)
def test_what_convt_reads(F, S, dilation, P):
    """Place o reads the pixels i of which some of a filter, at S*i + dilation*k - P, falls on o."""
    layer = ConvT(F=E(F, F), S=E(S, S), P=_all(P), dilation=E(dilation, dilation))
    (reads,) = layer.reads([Volume(30, 30, 1)])
    assert (reads.across, reads.across.stride) == (reads.down, Fraction(1, S))
    for o in range(20):
        pixels = [i for i in range(-20, 30) if any(S * i + dilation * k - P == o for k in range(F))]
        assert list(reads.across.at(o)) == pixels
        assert len(pixels) <= reads.across.most
    assert layer.cost([Volume(30, 30, 2)]).connections == 2 * reads.across.most**2


@pytest.mark.parametrize(
    ("layer", "volume", "field", "message"),
    [
        (
            Conv(K=8, groups=4),
            Volume(5, 5, 6),
            "groups",
            "groups=4 must divide the depth: 6/4 leaves a remainder of 2.\n"
            "Use groups: 2 or a divisor of it.",
        ),
        (
            Conv(K=9, groups=3),
            Volume(5, 5, 4),
            "groups",
            "groups=3 must divide the depth: 4/3 leaves a remainder of 1.\nUse groups: 1.",
        ),
        (
            Conv(K=9, groups=2),
            Volume(5, 5, 6),
            "K",
            "groups=2 must divide K: 9/2 leaves a remainder of 1.\n"
            "Use groups: 3 or a divisor of it, or another K.",
        ),
        (
            Conv(K=9, groups="depthwise"),
            Volume(5, 5, 6),
            "K",
            "groups=depthwise (6) must divide K: 9/6 leaves a remainder of 3.\n"
            "Use a multiple of 6 for K.",
        ),
        (
            ConvT(extra=E(1, 2)),
            Volume(3, 2, 1),
            "extra",
            "extra=1x2 must be smaller than S=2 or the dilation in the height: more pixels are "
            "another pixel of the input.\nUse a smaller extra.",
        ),
        (
            ConvT(K=4, groups=3),
            Volume(3, 2, 6),
            "K",
            "groups=3 must divide K: 4/3 leaves a remainder of 1.\n"
            "Use groups: 2 or a divisor of it, or another K.",
        ),
        (
            ConvT(F=E(3, 2), P=Padding(2, 3, 0, 0)),
            Volume(2, 3, 1),
            "P",
            "F=3x2, S=2, P={left: 2, right: 3, top: 0, bottom: 0} leave less than one pixel:\n"
            "(2 - 1)*2 + 3 - 5 = 0 wide, (3 - 1)*2 + 2 - 0 = 6 high.\n"
            "Use a smaller P, or a larger F.",
        ),
        # the size rule is true to the last digit
        *(
            (
                Pool(F=E(3, 1), S=E(S, 1), P=Padding()),
                Volume(width, 1, 1),
                "S",
                f"F=3x1, S={S}x1, P=0 do not fit width {width}:\n"
                f"({width} - 3 + 2*0)/{S} + 1 = {value} is not a whole number.",
            )
            for width, S, value in (
                (2048, 2, "1023.5"),
                (224, 4, "56.25"),
                (100_004, 4, "25001.25"),
            )
        ),
        # a dilated filter counts by its reach
        (
            Conv(F=E(3, 3), S=E(2, 2), P=Padding(), dilation=E(2, 3)),
            Volume(8, 9, 1),
            "S",
            "F=3, S=2, P=0, dilation=2x3 (the filter reaches over 5x7) do not fit width 8:\n"
            "(8 - 5 + 2*0)/2 + 1 = 2.5 is not a whole number.",
        ),
        (
            Conv(F=E(3, 3), P=Padding(), dilation=E(4, 1), fit="pad"),
            Volume(8, 9, 1),
            "F",
            "F=3, S=1, P=0, dilation=4x1 (the filter reaches over 9x3): "
            "the window is larger than width 8:\n"
            "(8 - 9 + 2*0)/1 + 1 = 0 is less than one place.",
        ),
        (
            Pool(F=E(3, 5), P=Padding(3, 0, 0, 0), fit="crop"),
            Volume(8, 8, 1),
            "P",
            "P={left: 3, right: 0, top: 0, bottom: 0} must be smaller than F=3x5, "
            "so that every window has a pixel.",
        ),
        (
            Pool(P=_all(2), fit="crop"),
            Volume(4, 4, 1),
            "P",
            "P=2 must be smaller than F=2, so that every window has a pixel.",
        ),
    ],
    ids=str,
)
def test_complaints(layer, volume, field, message):
    with pytest.raises(LayerError) as caught:
        layer.complete(Context()).out_shape([volume])
    assert str(caught.value) == message
    assert caught.value.field == field


def test_behind_groups_that_do_not_divide_the_size_is_known():
    layer = Conv(K=9, groups=2).complete(Context())
    with pytest.raises(LayerError) as caught:
        layer.out_shape([Volume(5, 4, 6)])
    assert caught.value.assume == Volume(5, 4, 9)
    assert layer.cost([Volume(5, 4, 6)]).macs == 5 * 4 * 9 * 27


def test_behind_a_rest_the_depth_is_the_number_of_filters():
    for layer in (Conv(K=9, S=E(2, 2)), Local(K=9, S=E(2, 2))):
        with pytest.raises(LayerError) as caught:
            layer.complete(Context()).out_shape([Volume(4, 4, 6)])
        assert caught.value.assume == Volume(2, 2, 9)


def test_an_even_reach_needs_padding():
    assert error_text(LayerError, Conv(F=E(2, 2)).complete, Context()) == (
        "F=2 is even, so the default P=(F-1)/2 is not a whole number.\n"
        "Give P, for example P: 0, or P: same to keep the size."
    )
    assert error_text(LayerError, Conv(F=E(2, 3), dilation=E(3, 1)).complete, Context()) == (
        "F=2x3 with dilation=3x1 reaches over 4x3, which is even, "
        "so the default P=dilation*(F-1)/2 is not a whole number.\n"
        "Give P, for example P: 0, or P: same to keep the size."
    )
    assert _all(1) == Conv(F=E(2, 2), dilation=E(2, 2)).complete(Context()).P
    with pytest.raises(LayerError, match=r"^F=2 is even, so the default P=\(F-1\)/2 is not"):
        Local(F=E(2, 2)).complete(Context())


def test_groups_are_a_number_or_depthwise():
    adapter = TypeAdapter(GroupCount)
    for written, meant in ((1, 1), (4, 4), ("depthwise", "depthwise"), ("Depthwise", "depthwise")):
        assert adapter.validate_python(written) == meant
    for wrong in (0, -2, 1.5, True, "4", "deep"):
        with pytest.raises(ValidationError, match="a whole number of at least 1, or depthwise"):
            adapter.validate_python(wrong)


def test_the_file_sets_fit_and_init():
    context = Context(fit="pad")
    assert Local().complete(context).fit == "pad"
    for family in (Conv, ConvT, Local):
        assert family().complete(context).init == context.init
