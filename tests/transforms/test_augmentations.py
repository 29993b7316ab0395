"""Augmentations as training applies them: what they change, how often, and where."""

import numpy as np
import pytest

from cnncli.data.channel_stats import ChannelStats
from cnncli.data.pipeline import Pipeline
from cnncli.kernels.workspace import Workspace
from cnncli.transforms.augmentations import Crop, Cutout, Flip, RandomErasing
from tests.transforms.noise import images_of

WORKSPACE = Workspace()


@pytest.mark.parametrize(
    ("flips", "share"),
    [([Flip(p=0.0)], 0), ([Flip(p=0.3)], 0.3), ([Flip(p=1.0)], 1), ([Flip(), Flip()], 0.5)],
)
def test_how_often_images_are_flipped(flips, share):
    """Two flips are independent."""
    images = np.zeros((4000, 1, 2, 1), np.uint8)
    images[:, :, 0] = 255
    prepared = Pipeline(None, flips, 1).train(WORKSPACE, images, np.arange(4000), 0)
    assert abs(prepared[:, 0, 1, 0].mean() - share) < 0.03


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


def test_offsets_are_even():
    images = np.full((9000, 1, 1, 1), 255, np.uint8)
    prepared = Pipeline(None, [Crop(pad=1)], 1).train(WORKSPACE, images, np.arange(9000), 0)
    assert abs(prepared.mean() - 1 / 9) < 0.015


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
