from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.geometry import Extent
from cnncli.graph.costs.receptive_field import PIXEL, ReceptiveField, join, look_through
from cnncli.layers.base import Window
from tests.graph.handmade import graph_of

IMAGE = Extent(200, 100)
LARGE = Extent(90, 80)
ONE = Extent(1, 1)


def chain(*windows: tuple[int, int]) -> ReceptiveField:
    sight = PIXEL
    for F, S in windows:
        sight = look_through(sight, Window(Extent(F, F), Extent(S, S)), LARGE, LARGE, IMAGE)
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
    assert chain(*windows) == ReceptiveField((field, field), (jump, jump), (0, 0))


def test_width_and_height_apart():
    sight = look_through(PIXEL, Window(Extent(3, 5), Extent(2, 1)), LARGE, LARGE, IMAGE)
    sight = look_through(sight, Window(Extent(2, 2), Extent(2, 2)), LARGE, LARGE, IMAGE)
    assert sight == ReceptiveField((5, 6), (4, 2), (0, 0))


def test_a_window_over_the_whole_map_sees_the_image_and_so_does_all_behind_it():
    sight = look_through(chain((3, 2)), Window(Extent(7, 4)), Extent(7, 4), ONE, IMAGE)
    assert sight.pixels == IMAGE
    sight = look_through(sight, Window(Extent(3, 3), Extent(2, 2)), ONE, ONE, IMAGE)
    assert sight.pixels == IMAGE


def test_a_padded_window_as_large_as_the_map_has_several_places():
    window, size = Window(Extent(3, 3), offset=Extent(1, 1)), Extent(3, 3)
    sight = look_through(PIXEL, window, size, size, size)
    assert sight == ReceptiveField((3, 3), (1, 1), (-1, -1))


def test_on_a_map_of_one_pixel_nothing_is_added():
    assert look_through(chain((3, 2)), Window(), ONE, ONE, IMAGE) == chain((3, 2))


def seen(index: int, windows: list[tuple[int, int, int]]) -> set[int]:
    """The pixels that place `index` behind the windows sees, from the definition."""
    places = {index}
    for F, S, P in reversed(windows):
        places = {place * S + i - P for place in places for i in range(F)}
    return places


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(0, 2)), max_size=4))
def test_against_the_pixels_themselves(windows):
    first, second = seen(0, windows), seen(1, windows)
    sight = PIXEL
    for F, S, P in windows:
        window = Window(Extent(F, F), Extent(S, S), Extent(P, P))
        sight = look_through(sight, window, LARGE, LARGE, IMAGE)
    assert max(first) - min(first) + 1 == sight.field[0]
    assert min(second) - min(first) == sight.jump[0]
    assert min(first) == sight.start[0]
    assert Fraction(max(first) + min(first), 2) == sight.centre[0]


def test_a_join_sees_from_the_first_pixel_of_any_branch_to_the_last():
    same = Window(Extent(3, 3), Extent(1, 1), Extent(1, 1))
    wide = look_through(look_through(PIXEL, same, LARGE, LARGE, IMAGE), same, LARGE, LARGE, IMAGE)
    narrow = look_through(PIXEL, Window(), LARGE, LARGE, IMAGE)
    assert join([narrow, wide]) == ReceptiveField((5, 5), (1, 1), (-2, -2))
    left = ReceptiveField(
        (Fraction(2), Fraction(1)), (Fraction(1), Fraction(1)), (Fraction(-3), Fraction(0))
    )
    assert join([left, narrow]) == ReceptiveField((4, 1), (1, 1), (-3, 0))


def test_a_map_made_larger_has_neighbours_closer_together():
    half = (Fraction(1, 2), Fraction(1, 2))
    sight = look_through(chain((2, 2)), Window(S=half), LARGE, LARGE, IMAGE)
    assert sight == ReceptiveField((2, 2), (1, 1), (0, 0))


@pytest.mark.parametrize(
    "architecture",
    [
        "UPSAMPLE-3 -> CONV3",
        "UPSAMPLE-4 -> CONV3 -> CONV3",
        "UPSAMPLE -> CONV2(P=0) -> CONV2(P=0)",
        "CONVT -> CONVT -> CONV3",
        "CONVT5(S=3, P=1) -> CONV3 -> CONV3",
        "CONV3(S=2, fit=crop) -> UPSAMPLE -> CONV3",
        "CONV3(dilation=2) -> POOL3(S=2, fit=crop) -> CONV3",
        "POOL(F=2, S=3, P=1, mode=average, fit=crop) -> CONV3",
    ],
)
def test_no_neuron_sees_more_than_is_said(architecture):
    """Columns of the image are changed one by one: which neurons notice?"""
    graph = graph_of(f"INPUT(12x12x1) -> {architecture} -> FC-2")
    node = graph.nodes[-2]
    part = replace(graph, nodes=graph.nodes[:-1], scores=node.name)
    with Engine(part, threads=1, seed=0, dtype=np.float64) as engine:
        for view in engine.parameters.views.values():
            view[...] = np.random.default_rng(0).uniform(0.5, 1, view.shape)
        base = np.random.default_rng(1).uniform(1, 2, (12, 12))
        images = np.stack([base] * 13)
        for column in range(12):
            images[column + 1, :, column] += 1
        scores = engine.scores(Prepared(images[..., None], np.zeros(13, np.int64))).reshape(
            13, *node.out_shape[1::-1], -1
        )
    seen = np.abs(scores[1:] - scores[0]).max(axis=(1, 3)) > 1e-9
    widths = [np.flatnonzero(seen[:, place]) for place in range(node.out_shape.W)]
    widest = max((w[-1] - w[0] + 1 for w in widths if len(w)), default=0)
    assert widest <= node.receptive_field.pixels.W <= widest + 1
