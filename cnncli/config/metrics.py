"""The metrics of an epoch, and which way each is better."""

from typing import Literal

ValidationMetric = Literal["validation_loss", "validation_accuracy"]

TRAINING_METRICS = (
    "train_loss",
    "train_accuracy",
    "seconds",
    "images_per_second",
    "lr",
    "gradient_norm",
)
VALIDATION_METRICS: tuple[ValidationMetric, ...] = ("validation_loss", "validation_accuracy")


def more_is_better(metric: str) -> bool:
    """Of the metric: of an accuracy."""
    return metric.endswith("accuracy")
