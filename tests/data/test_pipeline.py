import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.channel_stats import ChannelStats
from cnncli.data.pipeline import Pipeline
from cnncli.kernels.workspace import Workspace
from cnncli.transforms.augmentations import Crop, Cutout, Flip, RandomErasing
from cnncli.transforms.pixels import crop, erase, flip

STATS = ChannelStats((100.0, 120.0, 140.0), (50.0, 60.0, 70.0))

WORKSPACE = Workspace()


def images_of(n, height, width, channels, seed=0):
    shape = (n, height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


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


@pytest.mark.parametrize("n", [0, 1, 63, 64, 65, 130])
def test_plain_is_the_formula(n):
    images = images_of(n, 4, 5, 3)
    before = images.copy()
    prepared = Pipeline(STATS, [Flip()], 0).plain(WORKSPACE, images)
    assert prepared.dtype == np.float32
    assert prepared.flags.c_contiguous
    expected = (images.astype(np.float64) - STATS.mean) / STATS.std
    np.testing.assert_allclose(prepared, expected, atol=1e-6)
    np.testing.assert_array_equal(images, before)


def test_without_stats_pixels_lie_between_0_and_1():
    images = images_of(2, 3, 3, 2)
    np.testing.assert_allclose(
        Pipeline(None, [], 0).plain(WORKSPACE, images), images / 255.0, atol=1e-7
    )


def test_train_without_augmentations_is_plain():
    pipeline = Pipeline(STATS, [], 0)
    images = images_of(5, 4, 4, 3)
    np.testing.assert_array_equal(
        pipeline.train(WORKSPACE, images, np.arange(5), epoch=1),
        pipeline.plain(WORKSPACE, images),
    )


@given(cut=st.integers(0, 150), seed=st.integers(0, 2**63 - 1), epoch=st.integers(0, 1000))
def test_an_image_does_not_depend_on_its_company(cut, seed, epoch):
    images, indices = images_of(150, 3, 4, 1), np.arange(150)[::-1] * 7
    pipeline = Pipeline(None, [Crop(pad=1), Flip()], seed)
    whole = pipeline.train(WORKSPACE, images, indices, epoch)
    parts = [
        pipeline.train(WORKSPACE, images[part], indices[part], epoch)
        for part in (slice(0, cut), slice(cut, 150))
    ]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


def changed(first, second):
    return (first != second).any(axis=(1, 2, 3)).mean()


def test_epochs_seeds_and_images_differ():
    image = images_of(1, 8, 8, 3)
    images, indices = np.repeat(image, 500, axis=0), np.arange(500)
    pipeline = Pipeline(None, [Flip(), Crop(pad=4)], 5)
    first = pipeline.train(WORKSPACE, images, indices, 0)
    np.testing.assert_array_equal(first, pipeline.train(WORKSPACE, images, indices, 0))
    assert changed(first, pipeline.train(WORKSPACE, images, indices, 1)) > 0.95
    assert (
        changed(
            first, Pipeline(None, [Flip(), Crop(pad=4)], 6).train(WORKSPACE, images, indices, 0)
        )
        > 0.95
    )
    assert len(np.unique(first.reshape(500, -1), axis=0)) > 120  # of 9 * 9 * 2 = 162


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_how_often_images_are_flipped(p):
    images = np.zeros((4000, 1, 2, 1), np.uint8)
    images[:, :, 0] = 255
    prepared = Pipeline(None, [Flip(p=p)], 1).train(WORKSPACE, images, np.arange(4000), 0)
    assert abs(prepared[:, 0, 1, 0].mean() - p) < 0.03


def test_offsets_are_even():
    images = np.full((9000, 1, 1, 1), 255, np.uint8)
    prepared = Pipeline(None, [Crop(pad=1)], 1).train(WORKSPACE, images, np.arange(9000), 0)
    assert abs(prepared.mean() - 1 / 9) < 0.015


def test_two_flips_are_independent():
    images = np.zeros((4000, 1, 2, 1), np.uint8)
    images[:, :, 0] = 255
    prepared = Pipeline(None, [Flip(), Flip()], 1).train(WORKSPACE, images, np.arange(4000), 0)
    assert abs(prepared[:, 0, 1, 0].mean() - 0.5) < 0.03


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


def covered(images, augmentation, seed=0):
    """Which pixels an augmentation changes."""
    indices = np.arange(len(images))
    plain = Pipeline(None, [], seed).plain(WORKSPACE, images)
    return (Pipeline(None, [augmentation], seed).train(WORKSPACE, images, indices, 0) != plain).any(
        axis=3
    )


def rectangle(mask):
    """Height and width of what is covered, which is one rectangle."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    assert mask[np.ix_(rows, columns)].all()
    assert mask.sum() == len(rows) * len(columns)
    assert all((np.diff(places) == 1).all() for places in (rows, columns))
    return len(rows), len(columns)


@pytest.mark.parametrize("size", [1, 2, 3, 20])
def test_cutout_is_a_square_cut_at_the_edges(size):
    masks = covered(images_of(300, 5, 7, 3) // 2 + 100, Cutout(size=size))
    sizes = {rectangle(mask) for mask in masks}
    assert max(height for height, _ in sizes) == min(size, 5)
    assert max(width for _, width in sizes) == min(size, 7)
    least = min(size - size // 2, 5)
    assert min(height for height, _ in sizes) == least


def test_random_erasing():
    masks = covered(images_of(2000, 40, 40, 1) // 2 + 100, RandomErasing(p=0.7, most=0.3))
    sizes = np.array([rectangle(mask) for mask in masks if mask.any()])
    assert abs(len(sizes) / 2000 - 0.7) < 0.03
    shares = sizes.prod(axis=1) / 1600
    assert shares.min() > 0.015
    assert shares.max() < 0.31
    assert abs(shares.mean() - 0.16) < 0.01
    aspect = np.log(sizes[:, 0] / sizes[:, 1])
    assert abs(np.median(aspect)) < 0.1
    assert aspect.max() < -np.log(0.3) + 0.2
    seen = masks.mean(axis=0)
    assert seen.min() > 0
    assert np.abs(seen - seen[::-1, ::-1]).max() < 0.05


def test_random_erasing_of_everything():
    masks = covered(images_of(9, 4, 6, 2) // 2 + 100, RandomErasing(p=1, least=1, most=1, aspect=1))
    assert {rectangle(mask) for mask in masks} == {(4, 5)}  # sides of the root of 24, cut to 4
    assert not covered(images_of(9, 4, 6, 2), RandomErasing(p=0)).any()


def test_the_mean_colour_covers():
    images = images_of(400, 6, 6, 2)
    stats = ChannelStats((10.4, 200.6), (1.0, 1.0))
    prepared = Pipeline(stats, [Cutout(size=3)], 0).train(WORKSPACE, images, np.arange(400), 0)
    plain = Pipeline(stats, [], 0).plain(WORKSPACE, images)
    covered = (prepared != plain).any(axis=3)
    expected = np.broadcast_to([-0.4, 0.4], (covered.sum(), 2))
    np.testing.assert_allclose(prepared[covered], expected, atol=1e-5)
    seen = covered.mean(axis=0)
    assert seen[2:4, 2:4].min() > 0.15  # 9 of 36 places of the middle cover it
    assert seen.max() < 0.35


def test_flips_that_alternate():
    images = images_of(1000, 2, 3, 1)
    indices = np.arange(1000)
    pipeline = Pipeline(None, [Flip(alternate=True)], 3)
    plain = pipeline.plain(WORKSPACE, images)
    flipped = [
        (pipeline.train(WORKSPACE, images, indices, epoch) != plain).any(axis=(1, 2, 3))
        for epoch in range(4)
    ]
    mirrored_differs = (images != images[:, :, ::-1]).any(axis=(1, 2, 3))
    assert 0.45 < flipped[0].mean() < 0.55
    np.testing.assert_array_equal(flipped[1], ~flipped[0] & mirrored_differs)
    np.testing.assert_array_equal(flipped[2], flipped[0])
    np.testing.assert_array_equal(flipped[3], flipped[1])
    other = Pipeline(None, [Flip(alternate=True)], 4).train(WORKSPACE, images, indices, 0)
    assert 0.4 < ((other != plain).any(axis=(1, 2, 3)) != flipped[0]).mean() < 0.6
