"""Patience and improvements."""

from cnncli.config.train import EarlyStopping
from cnncli.training.state import Watch


def _stops_after(rule, values):
    watch = Watch()
    for epoch, value in enumerate(values, 1):
        watch.observe(rule, value)
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
