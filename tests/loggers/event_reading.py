"""What TensorBoard reads of a run, and what it should read of it."""

import numpy as np

from tests.training.recorded import lines_of

TAGS = {
    "step": {
        "loss": "step/loss", "accuracy": "step/accuracy", "lr": "step/lr",
        "gradient_norm": "step/gradient_norm", "rollbacks": "step/rollbacks",
    },
    "epoch": {
        "train_loss": "train/loss", "train_accuracy": "train/accuracy",
        "validation_loss": "validation/loss", "validation_accuracy": "validation/accuracy",
        "lr": "epoch/lr", "gradient_norm": "epoch/gradient_norm", "seconds": "epoch/seconds",
        "images_per_second": "epoch/images_per_second", "rollbacks": "epoch/rollbacks",
    },
    "test": {
        "test_images": "test/images", "test_loss": "test/loss", "test_accuracy": "test/accuracy",
        "test_top5": "test/top5",
    },
    "stop": {"best": "stop/best", "best_epoch": "stop/best_epoch", "waited": "stop/waited"},
}  # fmt: skip
"""What each number of a line is called, by the kind of the line."""


def accumulator(run):
    """TensorBoard's own reader, which leaves nothing out."""
    from tensorboard.backend.event_processing.event_accumulator import (
        STORE_EVERYTHING_SIZE_GUIDANCE,
        EventAccumulator,
    )

    return EventAccumulator(str(run), size_guidance=STORE_EVERYTHING_SIZE_GUIDANCE)


def read(run):
    """(tag, step, value) of everything, in order."""
    return values_of(accumulator(run).Reload())


def values_of(found):
    """The same of a reader."""
    tags = found.Tags()["scalars"]
    return sorted((tag, each.step, each.value) for tag in tags for each in found.Scalars(tag))


def expected(run):
    """The same by the lines of metrics.jsonl, in single precision."""
    found = [
        (tag, line["step"], float(np.float32(line[key])))
        for line in lines_of(run)
        for key, tag in TAGS[line["kind"]].items()
        if line.get(key) is not None
    ]
    assert len({(tag, step) for tag, step, _ in found}) == len(found)
    return sorted(found)
