"""SHUFFLE, DEPTHTOSPACE, SPACETODEPTH, SPLIT and CROP against loops and PyTorch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.base import LayerError
from cnncli.layers.cut import Channels, Crop, Share, Split
from cnncli.layers.rearrange import DepthToSpace, Shuffle, SpaceToDepth
from tests.layers.contract import Bench, check_with_pytorch

small = st.integers(1, 4)
blocks = st.builds(Extent, st.integers(1, 3), st.integers(1, 3))
orders = st.sampled_from(["places", "channels"])


@settings(max_examples=30)
@given(small, small, small, small)
def test_shuffle_is_its_definition(W, H, groups, each):
    bench = Bench(Shuffle(groups=groups), Volume(W, H, groups * each), n=2)
    y = bench.forward()
    for g, c in np.ndindex(groups, each):
        np.testing.assert_array_equal(y[..., c * groups + g], bench.x[..., g * each + c])


@settings(max_examples=30)
@given(small, small, small, blocks, orders)
def test_blocks_are_their_definition(W, H, C, S, order):
    bench = Bench(DepthToSpace(S=S, order=order), Volume(W, H, C * S.W * S.H), n=2)
    y, places = bench.forward(), S.W * S.H
    assert y.shape == (2, H * S.H, W * S.W, C)
    for i, j, c in np.ndindex(H * S.H, W * S.W, C):
        place = (i % S.H) * S.W + j % S.W
        depth = place * C + c if order == "places" else c * places + place
        np.testing.assert_array_equal(y[:, i, j, c], bench.x[:, i // S.H, j // S.W, depth])
    back = Bench(SpaceToDepth(S=S, order=order), Volume(W * S.W, H * S.H, C), n=2)
    np.testing.assert_array_equal(back.forward(y), bench.x)


def test_they_agree_with_pytorch():
    for_channels = Bench(DepthToSpace(S=Extent(3, 3), order="channels"), Volume(4, 2, 18))
    check_with_pytorch(for_channels, lambda F, x: F.pixel_shuffle(x, 3), atol=0)
    back = Bench(SpaceToDepth(order="channels"), Volume(4, 2, 5))
    check_with_pytorch(back, lambda F, x: F.pixel_unshuffle(x, 2), atol=0)
    check_with_pytorch(
        Bench(Shuffle(groups=3), Volume(4, 2, 12)), lambda F, x: F.channel_shuffle(x, 3), atol=0
    )


@settings(max_examples=30)
@given(st.data())
def test_split_gives_a_range(data):
    D = data.draw(st.integers(1, 9))
    last = data.draw(st.integers(0, D - 1))
    first = data.draw(st.integers(0, last))
    bench = Bench(Split(channels=Channels(first, last)), Volume(3, 2, D), n=2)
    np.testing.assert_array_equal(bench.forward(), bench.x[..., first : last + 1])
    dx = np.zeros_like(bench.x)
    dx[..., first : last + 1] = bench.dy
    np.testing.assert_array_equal(bench.backward()[0], dx)


@pytest.mark.parametrize(("part", "of"), [(1, 1), (1, 2), (2, 2), (3, 4)])
def test_split_into_equal_parts(part, of):
    bench = Bench(Split(part=Share(part, of)), Volume(3, 2, 12), n=2)
    size = 12 // of
    np.testing.assert_array_equal(bench.forward(), bench.x[..., (part - 1) * size : part * size])


@settings(max_examples=30)
@given(st.data())
def test_crop_is_a_part_of_the_map(data):
    W, H = data.draw(st.tuples(st.integers(1, 6), st.integers(1, 6)))
    size = Extent(data.draw(st.integers(1, W)), data.draw(st.integers(1, H)))
    at = Extent(data.draw(st.integers(0, W - size.W)), data.draw(st.integers(0, H - size.H)))
    bench = Bench(Crop(size=size, offset=at), Volume(W, H, 2), n=2)
    expected = bench.x[:, at.H : at.H + size.H, at.W : at.W + size.W]
    np.testing.assert_array_equal(bench.forward(), expected)
    P = Padding(at.W, W - at.W - size.W, at.H, H - at.H - size.H)
    np.testing.assert_array_equal(Bench(Crop(P=P), Volume(W, H, 2), n=2).forward(), expected)
    middle = Bench(Crop(size=size), Volume(W, H, 2), n=2)
    left, top = (W - size.W) // 2, (H - size.H) // 2
    np.testing.assert_array_equal(
        middle.forward(), bench.x[:, top : top + size.H, left : left + size.W]
    )


@pytest.mark.parametrize(
    ("layer", "volume", "text", "field"),
    [
        (
            Shuffle(groups=4),
            Volume(3, 2, 6),
            "6 channels are not 4 equal groups.\nSet groups to that of the layer before.",
            "groups",
        ),
        (
            DepthToSpace(),
            Volume(3, 2, 6),
            "6 channels do not make blocks of 2 places; they would be a multiple of 4, such as 8.",
            "S",
        ),
        (
            SpaceToDepth(),
            Volume(3, 2, 6),
            "a map of 3x2 is not made of blocks of 2 places.",
            "S",
        ),
        (
            Split(),
            Volume(3, 2, 6),
            "SPLIT gives one part of the channels: say which.\n"
            "Set part, like 1/2, or channels, like 0..2.",
            None,
        ),
        (
            Split(part=Share(1, 4)),
            Volume(3, 2, 6),
            "6 channels are not 4 equal parts.\nSet channels to a range of them.",
            "part",
        ),
        (
            Split(channels=Channels(2, 6)),
            Volume(3, 2, 6),
            "there are the channels 0..5, not 2..6.",
            "channels",
        ),
        (
            Crop(),
            Volume(3, 2, 6),
            "CROP takes P, the sides that go, or size, what stays: set one of them.",
            None,
        ),
        (
            Crop(P=Padding(1, 1, 1, 1)),
            Volume(3, 2, 6),
            "a map of 3x2 cannot be cropped so: P=1.",
            "P",
        ),
        (
            Crop(size=Extent(2, 2), offset=Extent(2, 0)),
            Volume(3, 2, 6),
            "a map of 3x2 cannot be cropped so: 2 at 2x0.",
            "size",
        ),
    ],
)
def test_what_does_not_fit(layer, volume, text, field):
    with pytest.raises(LayerError) as caught:
        layer.out_shape([volume])
    assert (str(caught.value), caught.value.field) == (text, field)


@pytest.mark.parametrize(
    ("key", "value"),
    [("part", "0/2"), ("part", "3/2"), ("part", 0.5), ("channels", "5..2"), ("channels", 3)],
)
def test_parts_that_are_none(key, value):
    with pytest.raises(ValidationError, match=r"expected (PART/PARTS|FIRST..LAST) counted from"):
        TypeAdapter(Split).validate_python({key: value})
