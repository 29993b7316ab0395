"""Evaluation against counts by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from cnncli.engine.parallel.world import ALONE
from cnncli.errors import DivergedError
from cnncli.optim.losses import SoftmaxCrossEntropy
from cnncli.training.evaluate import evaluate
from cnncli.transforms.views import AS_IT_IS, View
from tests.engine.parallel.thread_world import on_ranks


class _Engine:
    """Gives prepared scores."""

    def __init__(self, scores, world=ALONE):
        self._scores = scores
        self.world = world
        self.graph = SimpleNamespace(classes=scores.shape[1])

    def scores(self, batch):
        return self._scores[batch.indices]

    def first_not_finite(self, batch):
        return "the output of fc1"


class _Batch:
    def __init__(self, indices, labels):
        self.indices, self.labels = indices, labels[indices]

    def __len__(self):
        return len(self.indices)


class _Batches:
    def __init__(self, labels):
        self._labels, self.steps = labels, -(-len(labels) // 4)

    def batch(self, epoch, step, view=AS_IT_IS):
        return _Batch(np.arange(step * 4, min(step * 4 + 4, len(self._labels))), self._labels)


def test_evaluation():
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((10, 7)), rng.integers(0, 6, 10)
    found = evaluate(_Engine(scores), SoftmaxCrossEntropy(), _Batches(labels))
    order = np.argsort(-scores, axis=1)
    assert found.images == 10
    assert found.accuracy == np.mean(order[:, 0] == labels)
    assert found.top5 == np.mean(
        [label in row[:5] for label, row in zip(labels, order, strict=True)]
    )
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found.loss, -np.log(p[np.arange(10), labels]).mean())
    assert found.confusion.sum() == 10
    for t, q in np.ndindex(7, 7):
        assert found.confusion[t, q] == np.sum((labels == t) & (order[:, 0] == q))
    assert found.class_accuracy[6] is None


@pytest.mark.parametrize(("classes", "is_told"), [(1, False), (2, False), (5, False), (6, True)])
def test_of_five_classes_any_is_among_the_five_best(classes, is_told):
    scores = np.random.default_rng(0).standard_normal((10, classes))
    labels = np.zeros(10, np.int64)
    found = evaluate(_Engine(scores), SoftmaxCrossEntropy(), _Batches(labels))
    assert (found.top5 is not None) == is_told


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_scores_that_are_not_finite(broken):
    scores = np.zeros((4, 7))
    scores[2, 3] = broken
    found = evaluate(_Engine(scores), SoftmaxCrossEntropy(), _Batches(np.zeros(4, np.int64)))
    with pytest.raises(
        DivergedError, match="the loss of the test split is nan, first in the output of fc1: the "
    ):
        found.check("test")


def test_scores_are_the_mean_over_views():
    """Each view has a batch of its own; here the views' batches are rows of one array."""
    rng = np.random.default_rng(2)
    scores, labels = rng.standard_normal((30, 7)), rng.integers(0, 7, 10)
    views = (View(0.5), View(0.375, mirrored=True), View(0.125, down=1))
    row_of = {view: 10 * index for index, view in enumerate(views)}

    class Seen(_Batches):
        def batch(self, epoch, step, view=AS_IT_IS):
            batch = super().batch(epoch, step)
            batch.indices = batch.indices + row_of[view]
            return batch

    mean = 0.5 * scores[:10] + 0.375 * scores[10:20] + 0.125 * scores[20:]
    expected = evaluate(_Engine(mean), SoftmaxCrossEntropy(), _Batches(labels))
    found = evaluate(_Engine(scores), SoftmaxCrossEntropy(), Seen(labels), views)
    assert (found.images, found.accuracy, found.top5) == (10, expected.accuracy, expected.top5)
    assert found.loss == pytest.approx(expected.loss, rel=1e-12)
    np.testing.assert_array_equal(found.confusion, expected.confusion)


def test_ranks_that_round_otherwise_get_what_the_first_has_found():
    """Else each would choose its own best epoch, and end at another one."""
    rng = np.random.default_rng(0)
    scores, labels = rng.standard_normal((10, 7)), rng.integers(0, 6, 10)

    def judge(world):
        def loss(scores, labels):
            return SoftmaxCrossEntropy()(scores, labels)[0] * (1 + world.rank * 1e-15), None

        return evaluate(_Engine(scores, world), loss, _Batches(labels)).loss

    alone = evaluate(_Engine(scores), SoftmaxCrossEntropy(), _Batches(labels)).loss
    assert on_ranks(3, judge) == [alone] * 3
