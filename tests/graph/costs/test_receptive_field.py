from fractions import Fraction
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.geometry import Extent
from cnncli.graph.costs.axis_field import AxisField, image_field, read, unite
from cnncli.graph.costs.receptive_field import of_image
from cnncli.layers.reading import Reading
from tests.graph.costs.random_maps import random_network, seen_by_all
from tests.graph.handmade import graph_of

PIXELS, LARGE = 200, 90


def window(F: int, S: int = 1, P: int = 0) -> Reading:
    return Reading((range(-P, F - P),), S)


def chain(*windows: tuple[int, ...]) -> AxisField:
    sight = image_field(PIXELS)
    for each in windows:
        sight = read(sight, window(*each), LARGE)
    return sight


@pytest.mark.parametrize(
    ("windows", "field", "jump"),
    [
        ([], 1, 1),
        ([(3, 1)], 3, 1),
        ([(3, 1), (3, 1)], 5, 1),  # two 3x3 see what one 5x5 sees
        ([(3, 1), (3, 1), (3, 1)], 7, 1),
        ([(11, 4)], 11, 4),
        ([(11, 4), (3, 2)], 19, 8),  # AlexNet's first pooling
        ([(11, 4), (3, 2), (5, 1)], 51, 8),
        ([(1, 2), (3, 1)], 5, 2),
    ],
)
def test_field_and_jump(windows, field, jump):
    sight = chain(*windows)
    assert (sight.field, sight.jump, sight.first) == (field, jump, (0, field - 1))


def test_width_and_height_apart():
    graph = graph_of("INPUT(9x8x1) -> CONV(F=3x5, S=2x1, P=0, name=a) -> POOL(F=2, name=b) -> FC-2")
    sight = graph.by_name["b"].receptive_field
    assert (sight.pixels, sight.jump, sight.centre) == ((5, 6), (4, 2), (2, Fraction(5, 2)))


def test_a_window_over_the_whole_map_sees_all_of_it_and_so_does_all_behind_it():
    graph = graph_of("INPUT(16x9x1) -> CONV(F=2x3, S=2, P=0) -> CONV(F=8x4, P=0) -> CONV3 -> FC-2")
    assert [node.receptive_field.pixels for node in graph.nodes[2:]] == [(16, 9)] * 3
    assert [node.receptive_field.jump for node in graph.nodes[2:]] == [(0, 0)] * 3


def test_a_padded_window_as_large_as_the_map_has_several_places():
    sight = read(image_field(3), window(3, 1, 1), 3)
    assert (sight.field, sight.jump, sight.first) == (3, 1, (-1, 1))
    assert [sight.seen(place) for place in range(3)] == [(0, 1), (0, 2), (1, 2)]


def test_on_a_map_of_one_pixel_nothing_is_added():
    graph = graph_of("INPUT(7x7x1) -> CONV(F=3, S=4, fit=crop) -> CROP(size=1) -> FC-3 -> FC-2")
    assert [node.receptive_field.pixels for node in graph.nodes] == [(1, 1)] + [(3, 3)] * 4


def reached(index: int, windows: list[tuple[int, int, int]]) -> set[int]:
    """The pixels that place `index` behind the windows sees, from the definition."""
    places = {index}
    for F, S, P in reversed(windows):
        places = {place * S + i - P for place in places for i in range(F)}
    return places


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), max_size=4))
def test_against_the_pixels_themselves(windows):
    first, second = reached(0, windows), reached(1, windows)
    sight = chain(*windows)
    assert (min(first), max(first)) == sight.first
    assert max(first) - min(first) + 1 == sight.field
    assert min(second) - min(first) == sight.jump


def test_a_join_sees_from_the_first_pixel_of_any_branch_to_the_last():
    same = window(3, 1, 1)
    narrow = image_field(PIXELS)
    wide = read(read(narrow, same, PIXELS), same, PIXELS)
    joined = unite([narrow, wide])
    assert (joined.field, joined.jump, joined.first) == (5, 1, (-2, 2))
    left = read(narrow, window(2, 1, 3), PIXELS)
    joined = unite([left, narrow])
    assert (joined.field, joined.jump, joined.first) == (4, 1, (-3, 0))
    assert joined.seen(0) == (0, 0)


def columns(architecture: str) -> dict[str, AxisField]:
    lines = "".join(f"\n  - {line}" for line in architecture.split("; "))
    return {node.name: node.receptive_field.across for node in graph_of(lines).nodes}


@pytest.mark.parametrize(
    ("architecture", "fields"),
    [
        # the last one sees three cells of the pool, as its neighbours are of two kinds
        (
            "INPUT(64x64x1) -> POOL(F=4, S=4) -> UPSAMPLE -> CONV3-1(name=a) -> UPSAMPLE "
            "-> CONV3-1(name=b) -> FC-2",
            {"a": 8, "b": 12},
        ),
        (
            "INPUT(64x64x3) -> CONV3-8 -> POOL -> CONV3-8 -> POOL -> CONV3-8(name=mid) "
            "-> UPSAMPLE -> CONV3-8 -> UPSAMPLE -> CONV3-8(name=a) "
            "-> CONVT(K=8, F=4, S=2, P=1, name=b) -> CONV3-8(name=c) -> FC-10",
            {"mid": 18, "a": 26, "b": 26, "c": 26},
        ),
        ("INPUT(8x8x1) -> UPSAMPLE(name=a) -> CONV(F=2, P=0, name=b) -> FC-2", {"a": 1, "b": 2}),
        ("INPUT(8x8x1) -> CONV(dilation=3, P=3, name=a) -> FC-2", {"a": 7}),
        (
            "INPUT(8x8x4) -> CONV5-4(name=a); CONV3-4(from=input1, name=b); "
            "CONCAT(from=[a, b], name=c) -> SPLIT(part=2/2, name=d) -> SHUFFLE(name=e); "
            "SPLIT(from=c, part=1/2, name=f); SHUFFLE(from=c) -> SPLIT(part=2/2, name=g); "
            "CONV(from=c, K=8, groups=2) -> SPLIT(channels=5..7, name=h); "
            "CONV(from=c, K=8, groups=depthwise) -> SPLIT(channels=3..4, name=i); "
            "CONCAT(from=[d, e, f, g, h, i]) -> FC-2",
            {"c": 5, "d": 3, "e": 3, "f": 5, "g": 5, "h": 5, "i": 7},
        ),
        (
            "INPUT(8x8x2) -> SPACETODEPTH(name=a) -> DEPTHTOSPACE(name=b) -> FC-2",
            {"a": 2, "b": 1},
        ),
        (
            "INPUT(8x8x2) -> CONV3-4(name=a) -> POOL(F=global, mode=average) -> CONV1-4(name=b); "
            "MUL(from=[a, b], name=c) -> CONV3-4(name=d) -> POOL(name=e) -> FC-2",
            {"b": 8, "c": 8, "d": 8, "e": 8},
        ),
    ],
)
def test_fields_behind_all_kinds_of_layers(architecture, fields):
    found = columns(architecture)
    assert {name: found[name].field for name in fields} == fields


def test_a_gate_of_a_part_adds_that_part():
    found = columns(
        "INPUT(12x12x4) -> CONV3-4(name=a); CROP(size=3, offset=0, from=a) "
        "-> POOL(F=global, mode=average) -> CONV1-4(name=b); MUL(from=[a, b], name=c) -> FC-2"
    )["c"]
    assert [found.seen(place) for place in (0, 5, 11)] == [(0, 3), (0, 6), (0, 11)]
    assert (found.field, found.jump) == (12, 1)


def span(changed: np.ndarray) -> tuple[int, int] | None:
    (found,) = np.nonzero(changed)
    return (found[0], found[-1]) if len(found) else None


SEEDS = range(300)


@pytest.mark.parametrize("seeds", [SEEDS[at : at + 30] for at in SEEDS[::30]], ids=str)
def test_what_every_neuron_of_random_networks_sees_is_what_it_depends_on(seeds):
    """The columns of the image for each column of each map, and rows likewise, to the border."""
    for seed in seeds:
        graph = random_network(seed)
        seen = seen_by_all(graph)
        for node in graph.nodes:
            across, down = node.receptive_field
            columns, rows = seen[node.name]
            columns, rows = columns.any(axis=(0, 2)), rows.any(axis=(1, 2))
            told = [across.seen(place) for place in range(across.places)]
            assert told == [span(each) for each in columns], (seed, node)
            told = [down.seen(place) for place in range(down.places)]
            assert told == [span(each) for each in rows], (seed, node)
            for axis in (across, down):
                lengths = (axis.seen(place) for place in range(axis.places))
                most = max((last - first + 1 for first, last in filter(None, lengths)), default=0)
                assert most <= axis.field


@pytest.mark.parametrize(
    "architecture",
    [
        "INPUT(1x1x1) -> UPSAMPLE(S=20000) -> CONV3-1 -> POOL -> FC-2",
        "INPUT(2x2x1) -> UPSAMPLE(S=9999, mode=bilinear) -> CONV3-1 -> POOL(fit=crop) -> FC-2",
        "INPUT(20000x2x1) -> CONV(F=999x1, P=same, K=1) -> ADAPTIVEPOOL(places=9973x2) -> FC-2",
        "INPUT(3x3x1) -> CONV3-1 -> CONVT(K=1, F=5, S=5000, P=0, dilation=7) -> PAD(P=999) -> FC-2",
        "INPUT(4x4x1) -> "
        + "UPSAMPLE(S=3) -> CONV(F=2, S=2, fit=crop, K=1, P=0) -> " * 12
        + "FC-2",
        "INPUT(9x9x9999) -> SHUFFLE(groups=909) -> SPACETODEPTH(S=3) -> SHUFFLE(groups=9) -> FC-2",
        "INPUT(700x700x1) -> SPACETODEPTH(S=700) -> DEPTHTOSPACE(S=700) -> FC-2",
    ],
)
def test_maps_of_any_size_are_cheap(architecture):
    start = perf_counter()
    graph = graph_of(architecture)
    assert perf_counter() - start < 2
    W, H, _ = graph.image
    for node in graph.nodes:
        assert all(axis.seen(axis.places // 2) for axis in node.receptive_field), node.name
    assert graph.nodes[-1].receptive_field.pixels == (W, H)


def test_the_image_itself():
    sight = of_image(Extent(4, 3))
    assert (sight.pixels, sight.jump, sight.centre) == ((1, 1), (1, 1), (0, 0))
