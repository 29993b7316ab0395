"""Changes of pixels, against loops and np.pad."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnncli.kernels.workspace import Workspace
from cnncli.transforms.pixels import crop, erase, flip
from tests.transforms.noise import images_of

WORKSPACE = Workspace()


def test_flip_mirrors_the_chosen():
    images = images_of(3, 2, 5, 3)
    flipped = flip(Workspace(), images, np.array([True, False, True]))
    for y in range(2):
        for x in range(5):
            np.testing.assert_array_equal(flipped[0, y, x], images[0, y, 4 - x])
    np.testing.assert_array_equal(flipped[1], images[1])
    np.testing.assert_array_equal(flip(Workspace(), flipped, np.array([True, False, True])), images)


@given(st.sampled_from(["zeros", "reflect"]), st.data())
def test_crop_against_np_pad(border, data):
    least = 1 if border == "zeros" else 2
    bounds = ((1, 9), (least, 7), (least, 7), (1, 4))
    n, height, width, channels = (data.draw(st.integers(*pair)) for pair in bounds)
    pad = data.draw(st.integers(1, 5 if border == "zeros" else min(height, width) - 1))
    images = images_of(n, height, width, channels)
    offsets = st.lists(st.integers(0, 2 * pad), min_size=n, max_size=n)
    down, across = (np.array(data.draw(offsets)) for _ in range(2))
    cut = crop(Workspace(), images, pad, down, across, border)
    mode = "constant" if border == "zeros" else border
    padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)), mode)
    for i, (y, x) in enumerate(zip(down, across, strict=True)):
        np.testing.assert_array_equal(cut[i], padded[i, y : y + height, x : x + width])


def test_erased_rectangles():
    images = images_of(5, 5, 7, 3) // 2 + 100
    down = np.array([0, 4, -3, 2, 1]), np.array([1, 9, 2, 2, 4])
    across = np.array([0, 6, -1, 3, 2]), np.array([7, 8, 20, 5, 4])
    colour = np.array([1, 2, 3], np.uint8)
    erased = erase(WORKSPACE, images, down, across, colour)
    for n, (image, got) in enumerate(zip(images, erased, strict=True)):
        for row in range(5):
            for column in range(7):
                inside = down[0][n] <= row < down[1][n] and across[0][n] <= column < across[1][n]
                expected = colour if inside else image[row, column]
                np.testing.assert_array_equal(got[row, column], expected)
