"""Changes of pixels, against loops and np.pad."""

import numpy as np
import pytest
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


@given(
    n=st.integers(1, 5),
    height=st.integers(1, 7),
    width=st.integers(1, 7),
    channels=st.integers(1, 4),
    pad=st.integers(1, 5),
    data=st.data(),
)
def test_crop_against_np_pad(n, height, width, channels, pad, data):
    images = images_of(n, height, width, channels)
    offsets = st.lists(st.integers(0, 2 * pad), min_size=n, max_size=n)
    down, across = (np.array(data.draw(offsets)) for _ in range(2))
    cut = crop(Workspace(), images, pad, down, across)
    padded = np.pad(images, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for i, (y, x) in enumerate(zip(down, across, strict=True)):
        np.testing.assert_array_equal(cut[i], padded[i, y : y + height, x : x + width])


def padded(image, pad, border):
    mode = "constant" if border == "zeros" else border
    return np.pad(image, ((pad, pad), (pad, pad), (0, 0)), mode)


@pytest.mark.parametrize("border", ["zeros", "reflect"])
@pytest.mark.parametrize(("size", "pad"), [((5, 7), 2), ((4, 4), 3), ((2, 3), 1)])
def test_crops_with_a_border(border, size, pad):
    images = images_of(9, *size, 3)
    rng = np.random.default_rng(4)
    down, across = rng.integers(0, 2 * pad + 1, (2, 9))
    cut = crop(WORKSPACE, images, pad, down, across, border)
    for image, got, i, j in zip(images, cut, down, across, strict=True):
        expected = padded(image, pad, border)[i : i + size[0], j : j + size[1]]
        np.testing.assert_array_equal(got, expected)


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
