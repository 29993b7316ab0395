"""Ways of looking at an image in evaluation: weights, and what is seen."""

import numpy as np
import pytest

from cnncli.kernels.workspace import Workspace
from cnncli.transforms.views import AS_IT_IS, Mirror, Shift, View, all_views

WORKSPACE = Workspace()


@pytest.mark.parametrize(
    ("given", "views"),
    [
        ([], {(False, 0, 0): 1}),
        ([Mirror()], {(False, 0, 0): 0.5, (True, 0, 0): 0.5}),
        (
            [Shift(pixels=2)],
            {(False, 0, 0): 0.5, (False, -2, -2): 0.25, (False, 2, 2): 0.25},
        ),
        (
            [Mirror(), Shift()],
            {
                (mirrored, step, step): 0.25 if step == 0 else 0.125
                for mirrored in (False, True)
                for step in (-1, 0, 1)
            },
        ),
    ],
)
def test_weights(given, views):
    found = all_views(given)
    assert {(v.mirrored, v.down, v.across): v.weight for v in found} == views
    assert sum(view.weight for view in found) == 1
    assert len(found) == len(views)


@pytest.mark.parametrize("given", [[Mirror(), Mirror()], [Shift(), Shift(pixels=2), Mirror()]])
def test_no_view_is_there_twice(given):
    found = all_views(given)
    assert len({view._replace(weight=0) for view in found}) == len(found)
    assert sum(view.weight for view in found) == pytest.approx(1)


def test_the_order_does_not_matter():
    assert set(all_views([Mirror(), Shift()])) == set(all_views([Shift(), Mirror()]))


@pytest.mark.parametrize("border", ["zeros", "reflect"])
@pytest.mark.parametrize(("down", "across"), [(1, 1), (-1, -1), (0, 2), (-2, 1)])
def test_moved_images(border, down, across):
    images = np.random.default_rng(0).integers(0, 256, (3, 5, 6, 2), np.uint8)
    pad = max(abs(down), abs(across))
    around = ((0, 0), (pad, pad), (pad, pad), (0, 0))
    wide = np.pad(images, around, "constant" if border == "zeros" else border)
    expected = wide[:, pad - down : pad - down + 5, pad - across : pad - across + 6]
    view = View(down=down, across=across, border=border)
    np.testing.assert_array_equal(view.of(WORKSPACE, images), expected)
    mirrored = view._replace(mirrored=True).of(WORKSPACE, images)
    np.testing.assert_array_equal(mirrored, expected[:, :, ::-1])


def test_as_it_is():
    images = np.zeros((1, 2, 2, 1), np.uint8)
    assert AS_IT_IS.of(WORKSPACE, images) is images
