"""Precision, recall and F1, against counts image by image."""

import numpy as np
import pytest

from cnncli.training.evaluate import Evaluation, Measures


def by_loops(true, predicted, k):
    """From the definitions: sets of images."""
    of, taken = ({i for i, each in enumerate(own) if each == k} for own in (true, predicted))
    hits = len(of & taken)
    precision = hits / len(taken) if taken else None
    recall = hits / len(of) if of else None
    f1 = None
    if of or taken:
        f1 = 0.0 if not hits else 2 / (1 / precision + 1 / recall)
    return precision, recall, f1


def evaluation(true, predicted, classes):
    confusion = np.zeros((classes, classes), np.int64)
    for t, p in zip(true, predicted, strict=True):
        confusion[t, p] += 1
    accuracy = float(np.mean(np.array(true) == np.array(predicted)))
    return Evaluation(len(true), 0.0, accuracy, None, confusion)


@pytest.mark.parametrize("seed", range(5))
def test_measures(seed):
    """Of six classes, of which some have no images, and some are never predicted."""
    rng = np.random.default_rng(seed)
    true, predicted = rng.choice([0, 1, 2, 4], 30).tolist(), rng.choice([0, 1, 3, 4], 30).tolist()
    found = evaluation(true, predicted, 6)
    expected = [by_loops(true, predicted, k) for k in range(6)]
    for own, other in zip(found.measures, expected, strict=True):
        for value, wanted in zip(own, other, strict=True):
            assert value == (wanted if wanted is None else pytest.approx(wanted, rel=1e-12))
    there = sorted(set(true))
    means = [sum(expected[k][i] or 0.0 for k in there) / len(there) for i in range(3)]
    assert found.means == pytest.approx(means, rel=1e-12)
    assert found.class_accuracy == [each.recall for each in found.measures]


def test_by_hand():
    """Three classes: 8 of 10, 1 of 2, and none; one is taken for the third."""
    found = evaluation([0] * 10 + [1] * 2, [0] * 8 + [1, 2] + [1, 0], 3)
    assert found.measures == [
        Measures(8 / 9, 8 / 10, 16 / 19),
        Measures(1 / 2, 1 / 2, 2 / 4),
        Measures(0.0, None, 0.0),
    ]
    assert found.means == pytest.approx(((8 / 9 + 1 / 2) / 2, 0.65, (16 / 19 + 1 / 2) / 2))
    assert Measures.of(0, 0, 0) == (None, None, None)
    assert Measures.of(0, 3, 0) == (None, 0.0, 0.0)
