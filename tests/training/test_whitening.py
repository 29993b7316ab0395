"""Whitening filters, on what they promise: uncorrelated outputs of variance 1."""

import numpy as np
import pytest

from cnncli.data.channel_stats import channel_stats
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split
from cnncli.training.whitening import filters


@pytest.fixture(scope="module")
def images():
    """Blurred noise: neighbours are alike, and channels too."""
    rng = np.random.default_rng(0)
    rough = rng.standard_normal((300, 12, 14, 3))
    smooth = sum(np.roll(rough, shift, axis) for shift in (0, 1, 2) for axis in (1, 2))
    smooth += smooth.mean(axis=3, keepdims=True)
    return np.clip(128 + 18 * smooth, 0, 255).astype(np.uint8)


def responses(images, W):
    """What the filters give for every patch, by the definition, in float64."""
    F_H, F_W, _, K = W.shape
    stats = channel_stats(Split(images, np.zeros(len(images), int)))
    x = (images.astype(np.float64) - stats.mean) / stats.std
    H, width = images.shape[1:3]
    rows = [
        x[:, i : i + F_H, j : j + F_W].reshape(len(x), -1)
        for i in range(H - F_H + 1)
        for j in range(width - F_W + 1)
    ]
    return np.concatenate(rows) @ W.reshape(-1, K)


@pytest.mark.parametrize("F", [(2, 2), (3, 3), (1, 1), (2, 3)])
def test_outputs_are_uncorrelated(images, F):
    axes = F[0] * F[1] * 3
    pipeline = Pipeline(channel_stats(Split(images, np.zeros(len(images), int))), (), 0)
    W = filters(images, pipeline, (*F, 3, 2 * axes))
    y = responses(images, W)
    covariance = y[:, :axes].T @ y[:, :axes] / len(y)
    variances = np.diagonal(covariance)
    assert (variances > 0.9).all()
    assert (variances <= 1 + 1e-6).all()
    np.testing.assert_allclose(covariance, np.diag(variances), atol=1e-5)
    np.testing.assert_array_equal(W[..., axes:], -W[..., :axes])


def test_fewer_filters_are_those_of_the_largest_variance(images):
    pipeline = Pipeline(channel_stats(Split(images, np.zeros(len(images), int))), (), 0)
    few, all_ = (filters(images, pipeline, (2, 2, 3, K)) for K in (5, 24))
    np.testing.assert_array_equal(few, all_[..., :5])
    norms = np.linalg.norm(all_[..., :12].reshape(-1, 12), axis=0)
    assert (np.diff(norms) >= 0).all()
