"""How images are prepared: normalised, and augmented by seed, epoch and image alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.data.channel_stats import ChannelStats
from cnncli.data.pipeline import Pipeline
from cnncli.kernels.workspace import Workspace
from cnncli.transforms.augmentations import Crop, Flip
from tests.transforms.noise import images_of

STATS = ChannelStats((100.0, 120.0, 140.0), (50.0, 60.0, 70.0))

WORKSPACE = Workspace()


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
