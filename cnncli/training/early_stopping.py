"""Ends a run when a metric has not improved for some epochs."""

from cnncli.config.specification import Specification
from cnncli.config.train import EarlyStopping
from cnncli.problems import Problem

from .state import Watch

TRAINING_METRICS = (
    "train_loss",
    "train_accuracy",
    "seconds",
    "images_per_second",
    "lr",
    "gradient_norm",
)
VALIDATION_METRICS = ("validation_loss", "validation_accuracy")


def metric_problems(spec: Specification) -> list[Problem]:
    """What is wrong with early stopping: it watches a metric that no epoch records."""
    rule = spec.train.early_stopping
    if rule is None:
        return []
    held_out = spec.data is not None and spec.data.validation > 0
    recorded = TRAINING_METRICS + (VALIDATION_METRICS if held_out else ())
    if rule.metric in recorded:
        return []
    message = f"no epoch records {rule.metric!r}; there are {', '.join(recorded)}"
    if rule.metric in VALIDATION_METRICS:
        message += ".\nSet data.validation to the number of images to hold out for it."
    path = ("train", "early_stopping", "metric")
    return [Problem(spec.place(*path), ".".join(path), message)]


def observe(rule: EarlyStopping, watch: Watch, value: float) -> None:
    """Notes an epoch's value; sets `watch.stopped` when patience has run out."""
    mode = rule.mode or ("max" if rule.metric.endswith("accuracy") else "min")
    gain = None if watch.best is None else (value - watch.best) * (1 if mode == "max" else -1)
    if gain is None or gain > rule.min_delta:
        watch.best, watch.waited = value, 0
    else:
        watch.waited += 1
    watch.stopped = watch.waited >= rule.patience
