import itertools
import math

import numpy as np
import pytest

from cnncli.data.batches import Batches, draw_share
from cnncli.data.pipeline import Pipeline
from cnncli.datasets.dataset import Split
from cnncli.kernels.workspace import Workspace
from cnncli.optim.losses import Hinge, SoftmaxCrossEntropy
from cnncli.transforms.augmentations import Crop, Flip

PIPELINE = Pipeline(None, [Flip(), Crop(pad=1)], 3)


def split_of(count):
    images = np.random.default_rng(1).integers(0, 256, (count, 3, 4, 2), dtype=np.uint8)
    return Split(images, np.arange(count) % 5)


def parts(mixup, size=7):
    batches = Batches(split_of(20), PIPELINE, size, 9, True, mixup=mixup)
    return batches.batch(2, 1)


@pytest.mark.parametrize("cuts", [[0, 7], [0, 3, 7], [0, 1, 2, 3, 4, 5, 6, 7]])
def test_images_and_losses_are_blended(cuts):
    share = draw_share(0.4, 9, 2, 1)
    assert 0.5 < share < 1
    plain, mixed = parts(0), parts(0.4)
    np.testing.assert_array_equal(mixed.labels, plain.labels)
    images = plain.part(0, 7).images(Workspace()).copy()
    expected = share * images.astype(np.float64) + (1 - share) * images[::-1]
    scores = np.random.default_rng(2).normal(size=(7, 5))
    losses = [SoftmaxCrossEntropy(label_smoothing=0.1), Hinge()]
    sums, gradients = [0.0, 0.0], ([], [])
    for first, last in itertools.pairwise(cuts):
        part = mixed.part(first, last)
        np.testing.assert_allclose(
            part.images(Workspace()), expected[first:last], rtol=1e-6, atol=1e-6
        )
        np.testing.assert_array_equal(part.labels, plain.labels[first:last])
        for k, loss in enumerate(losses):
            loss_sum, gradient = part.loss_and_gradient(loss, scores[first:last])
            sums[k] += loss_sum
            gradients[k].append(gradient)
    for k, loss in enumerate(losses):
        own, other = (loss(scores, labels) for labels in (plain.labels, plain.labels[::-1]))
        assert math.isclose(sums[k], share * own[0] + (1 - share) * other[0], rel_tol=1e-12)
        np.testing.assert_allclose(
            np.concatenate(gradients[k]), share * own[1] + (1 - share) * other[1], atol=1e-12
        )


def test_evaluation_is_not_blended():
    batches = Batches(split_of(5), PIPELINE, 5, 9, False, mixup=0.4)
    images = batches.batch(0, 0).part(0, 5).images(Workspace())
    np.testing.assert_array_equal(images, PIPELINE.plain(Workspace(), split_of(5).images))


@pytest.mark.parametrize(
    ("alpha", "mean"),
    # of max(x, 1 - x): 1/2 and the mean deviation of Beta(a, a), which is 4^-a / (a B(a, a))
    [
        (a, 0.5 + 0.25**a / a * math.gamma(2 * a) / math.gamma(a) ** 2)
        for a in (0.05, 0.2, 0.5, 0.9, 1.0)
    ],
)
def test_shares_are_of_the_beta_distribution(alpha, mean):
    shares = np.array([draw_share(alpha, 0, 0, step) for step in range(4000)])
    assert shares.min() >= 0.5
    assert shares.max() <= 1
    assert abs(shares.mean() - mean) < 4 * shares.std() / 4000**0.5
    # the variance of Beta(a, a) is 1 / (4 (2 a + 1))
    assert abs(np.mean((shares - 0.5) ** 2) - 1 / (4 * (2 * alpha + 1))) < 0.008


def test_shares_depend_on_seed_epoch_and_step():
    assert draw_share(0.3, 1, 2, 3) == draw_share(0.3, 1, 2, 3)
    around = [draw_share(0.3, *key) for key in ((1, 2, 3), (0, 2, 3), (1, 0, 3), (1, 2, 0))]
    assert len(set(around)) == 4
