"""Patience, improvements, and which epoch is the best: against the definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.config.train import EarlyStopping, TrainSpec
from cnncli.training.state import Best, Progress, Watch

FEW = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
"""So that there are many ties."""
EPOCHS = st.lists(st.tuples(FEW, FEW), min_size=1, max_size=8)
"""Loss and accuracy of each."""


def _stops_after(rule, values):
    watch = Watch()
    for epoch, value in enumerate(values, 1):
        watch.observe(rule, epoch, value)
        if watch.stopped:
            return epoch
    return None


def test_patience():
    rule = EarlyStopping(metric="validation_loss", patience=2)
    assert _stops_after(rule, [3, 2, 2.5, 1, 1, 0.9, 0.9, 0.9]) == 8
    assert _stops_after(rule, [3, 3, 3]) == 3
    rule = EarlyStopping(metric="validation_accuracy", patience=1, min_delta=0.1)
    assert _stops_after(rule, [0.5, 0.65, 0.7]) == 3
    assert _stops_after(EarlyStopping(metric="lr", patience=1, mode="max"), [1, 2, 1]) == 3


@given(EPOCHS, st.integers(1, 4), FEW, st.sampled_from(["min", "max"]))
def test_stopping_by_its_definition(epochs, patience, least, mode):
    """An epoch counts that betters the last one that counted by more than `least`."""
    rule = EarlyStopping(metric="lr", patience=patience, min_delta=least, mode=mode)
    watch, values = Watch(), [loss for loss, _ in epochs]
    for now, value in enumerate(values):
        watch.observe(rule, now + 1, value)
        counted = 0
        for later in range(now + 1):
            gain = values[later] - values[counted]
            if (gain if mode == "max" else -gain) > least:
                counted = later
        assert (watch.best, watch.epoch - watch.waited) == (values[counted], counted + 1)
        assert watch.stopped == (now - counted >= patience)


@pytest.mark.parametrize("metric", ["validation_loss", "validation_accuracy", None])
@given(epochs=EPOCHS)
def test_the_best_by_its_definition(metric, epochs):
    """No other one is better in the metric, none as good is better in the other, none is earlier.

    Without a metric, as versions did that recorded none: the first of the highest accuracy.
    """
    best, chosen = Best(metric), []
    for number, (loss, accuracy) in enumerate(epochs, 1):
        if best.observe(number, 7 * number, loss, accuracy):
            chosen.append(number)
    lowest, highest = min(loss for loss, _ in epochs), max(accuracy for _, accuracy in epochs)
    if metric == "validation_loss":
        top = max(accuracy for loss, accuracy in epochs if loss == lowest)
        right = epochs.index((lowest, top))
    elif metric == "validation_accuracy":
        least = min(loss for loss, accuracy in epochs if accuracy == highest)
        right = epochs.index((least, highest))
    else:
        right = [accuracy for _, accuracy in epochs].index(highest)
    loss, accuracy = epochs[right]
    assert best == Best(metric, accuracy, loss, right + 1, 7 * (right + 1))
    assert chosen[-1] == right + 1
    assert chosen[0] == 1


def test_an_accuracy_of_which_no_more_was_recorded():
    """A later epoch must be better in accuracy."""
    best = Progress(best_accuracy=0.5).best
    assert best == Best(accuracy=0.5)
    assert not best.observe(3, 21, 0.0, 0.5)
    assert best == Best(accuracy=0.5)
    assert best.observe(4, 28, 9.0, 0.75)
    assert not best.observe(5, 35, 0.1, 0.75)
    assert best == Best(None, 0.75, 9.0, 4, 28)


@pytest.mark.parametrize(
    ("best", "watched", "chosen"),
    [
        (None, None, "validation_accuracy"),
        (None, "train_loss", "validation_accuracy"),
        (None, "validation_loss", "validation_loss"),
        (None, "validation_accuracy", "validation_accuracy"),
        ("validation_accuracy", "validation_loss", "validation_accuracy"),
        ("validation_loss", None, "validation_loss"),
    ],
)
def test_which_metric_chooses(best, watched, chosen):
    stopping = EarlyStopping(metric=watched) if watched else None
    assert TrainSpec(best=best, early_stopping=stopping).best_metric == chosen
