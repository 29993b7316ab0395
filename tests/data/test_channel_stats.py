import numpy as np
import pytest

from cnncli.data.channel_stats import LEAST_STD, channel_stats
from cnncli.datasets.dataset import Split


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 2, 5, 3), (1100, 4, 3, 2)])
def test_against_float64(rng, shape):
    images = rng.integers(0, 256, shape, dtype=np.uint8)
    stats = channel_stats(Split(images, np.zeros(shape[0], np.int64)))
    wide = images.astype(np.float64)
    np.testing.assert_allclose(stats.mean, wide.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(
        stats.std, np.maximum(wide.std(axis=(0, 1, 2)), LEAST_STD), rtol=1e-12
    )


def test_a_constant_channel():
    images = np.full((2, 3, 3, 2), 7, np.uint8)
    images[0, 0, 0, 1] = 255
    stats = channel_stats(Split(images, np.zeros(2, np.int64)))
    assert stats.mean[0] == 7
    assert stats.std[0] == LEAST_STD
    assert stats.std[1] > LEAST_STD
