"""Patience, improvements, and metrics that do not exist."""

from cnncli.config.load import load
from cnncli.config.train import EarlyStopping
from cnncli.training.early_stopping import metric_problems, observe
from cnncli.training.state import Watch


def _stops_after(rule, values):
    watch = Watch()
    for epoch, value in enumerate(values, 1):
        observe(rule, watch, value)
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


def _check(tmp_path, metric, validation):
    path = tmp_path / "c.yaml"
    path.write_text(
        f"data: {{name: digits, validation: {validation}}}\n"
        "architecture: INPUT-FC\n"
        f"train: {{early_stopping: {{metric: {metric}}}}}\n"
    )
    return [str(problem) for problem in metric_problems(load(path))]


def test_a_metric_must_be_recorded(tmp_path):
    assert _check(tmp_path, "validation_loss", 10) == []
    assert _check(tmp_path, "train_loss", 0) == []
    (problem,) = _check(tmp_path, "validation_loss", 0)
    assert problem == (
        f"{tmp_path}/c.yaml:3:34: train.early_stopping.metric: no epoch records "
        "'validation_loss'; there are train_loss, train_accuracy, seconds, images_per_second, "
        "lr, gradient_norm.\n"
        "  Set data.validation to the number of images to hold out for it."
    )
    (problem,) = _check(tmp_path, "f1", 10)
    assert "no epoch records 'f1'" in problem
