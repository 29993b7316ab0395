import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.graph.receptive import PIXEL, Sight, through
from cnncli.kernels.geometry import Extent
from cnncli.layers.base import Window

IMAGE = Extent(200, 100)
LARGE = Extent(90, 80)


def chain(*windows: tuple[int, int]) -> Sight:
    sight = PIXEL
    for F, S in windows:
        sight = through(sight, Window(Extent(F, F), Extent(S, S)), LARGE, IMAGE)
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
    assert chain(*windows) == Sight(Extent(field, field), Extent(jump, jump))


def test_width_and_height_apart():
    sight = through(PIXEL, Window(Extent(3, 5), Extent(2, 1)), LARGE, IMAGE)
    sight = through(sight, Window(Extent(2, 2), Extent(2, 2)), LARGE, IMAGE)
    assert sight == Sight(Extent(5, 6), Extent(4, 2))


def test_a_window_over_the_whole_map_sees_the_image_and_so_does_all_behind_it():
    sight = through(chain((3, 2)), Window(Extent(7, 4)), Extent(7, 4), IMAGE)
    assert sight.field == IMAGE
    sight = through(sight, Window(Extent(3, 3), Extent(2, 2)), Extent(1, 1), IMAGE)
    assert sight.field == IMAGE


def test_on_a_map_of_one_pixel_nothing_is_added():
    assert through(chain((3, 2)), Window(), Extent(1, 1), IMAGE) == chain((3, 2))


def seen(index: int, windows: list[tuple[int, int]]) -> set[int]:
    """The pixels that place `index` behind the windows sees, from the definition."""
    places = {index}
    for F, S in reversed(windows):
        places = {place * S + i for place in places for i in range(F)}
    return places


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), max_size=4))
def test_against_the_pixels_themselves(windows):
    first, second = seen(0, windows), seen(1, windows)
    sight = chain(*windows)
    assert max(first) - min(first) + 1 == sight.field.W
    assert min(second) - min(first) == sight.jump.W
