"""Evaluation against counts by hand."""

import numpy as np
import pytest

from cnncli.data.views import AS_IT_IS
from cnncli.errors import DivergedError
from cnncli.training.evaluate import evaluate
from cnncli.training.losses import SoftmaxCrossEntropy


class _Engine:
    """Gives prepared scores."""

    class graph:
        classes = 7

    def __init__(self, scores):
        self._scores = scores

    def scores(self, batch):
        return self._scores[batch.indices]


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


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_scores_that_are_not_finite(broken):
    scores = np.zeros((4, 7))
    scores[2, 3] = broken
    found = evaluate(_Engine(scores), SoftmaxCrossEntropy(), _Batches(np.zeros(4, np.int64)))
    with pytest.raises(DivergedError, match="the loss of the test split is nan: the network's"):
        found.check("test")
