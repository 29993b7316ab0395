"""Directories as runs leave them, made by hand: small ones, and as many as a test needs."""

import json
from pathlib import Path

CONFIG = """\
name: net
data:
  name: digits
  validation: 100.0
architecture:
  - {name: input1, input: {size: 8x8x1}}
  - {name: fc1, fc: {K: 10, bias: true, init: he}}
fit: strict
train:
  epochs: 4
  batch_size: 16
  seed: 1
  optimizer: {name: sgd, lr: 0.05, momentum: 0.9}
  schedule: {warmup: 0.0, name: cosine, end: 0.0}
"""
ABOUT = {"command": ["cnn", "train", "net.yaml"], "started": "2026-11-27T10:00:00+00:00",
         "best": "validation_accuracy", "seed": 1, "threads": 1}  # fmt: skip
ENDED = {"reason": "all epochs are done", "epoch": 4, "step": 28, "best_epoch": 2}


def epoch(number, accuracy=0.5, loss=1.0, **more):
    """The line of an epoch of 7 steps."""
    return {"kind": "epoch", "epoch": number, "step": 7 * number, "train_loss": 2.0 / number,
            "train_accuracy": 0.25, "seconds": 1.5, "validation_loss": loss,
            "validation_accuracy": accuracy} | more  # fmt: skip


def made_run(place: Path, *lines, config=CONFIG, about=ABOUT, **more):
    """The directory of a run with these lines in its metrics; None: without that file.

    more: keys of run.json beside the usual ones.
    """
    place.mkdir(parents=True)
    if config is not None:
        (place / "config.yaml").write_text(config)
    if about is not None:
        (place / "run.json").write_text(json.dumps(about | more))
    if lines:
        text = "".join(f"{json.dumps(line)}\n" for line in lines)
        (place / "metrics.jsonl").write_text(text)
    return place


def finished(place: Path, test=0.75, **more):
    """A run of four epochs, of which the second was the best."""
    accuracies = (0.5, 0.625, 0.625, 0.25)
    lines = [epoch(number, accuracy) for number, accuracy in enumerate(accuracies, 1)]
    last = {"kind": "test", "step": 28, "test_loss": 0.5, "test_accuracy": test}
    return made_run(place, *lines, last, ended=ENDED, **more)
