"""What came of one of several runs, as its directory has it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from cnncli.training.state import Best
from cnncli.training.storage.directory import RunDirectory


class Outcome(NamedTuple):
    """loss, accuracy: of the test set, or of a run that does not read it those of its best network.

    None: there are none. epoch: of the best network. last: accuracy on the images held out after
    the last epoch. dataset: whose test set it was.
    """

    loss: float | None = None
    accuracy: float | None = None
    epoch: int | None = None
    last: float | None = None
    dataset: str = ""
    is_finished: bool = False
    has_diverged: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """Ready for JSON."""
        state = "finished" if self.is_finished else "unfinished"
        found = {
            "state": "diverged" if self.has_diverged else state,
            "loss": self.loss,
            "accuracy": self.accuracy,
            "epoch": self.epoch,
            "last_accuracy": self.last,
        }
        return {key: value for key, value in found.items() if value is not None}


def outcome(run: Path, *, judges: bool) -> Outcome:
    """Of a run that has ended. judges: it reads the test set. Raises WriteError."""
    directory = RunDirectory(run)
    about = _about(directory.about)
    lines = directory.lines()
    is_finished = "ended" in about
    if not judges:
        return _on_validation(lines, about)._replace(is_finished=is_finished)
    for line in reversed(lines):
        if line["kind"] == "test":
            loss, accuracy = _number(line, "test_loss"), _number(line, "test_accuracy")
            name = str(line.get("dataset", ""))
            return Outcome(loss, accuracy, dataset=name, is_finished=is_finished)
    return Outcome(is_finished=is_finished)


def _on_validation(lines: list[dict[str, Any]], about: Mapping[str, Any]) -> Outcome:
    metric = about.get("best")
    best = Best("validation_loss" if metric == "validation_loss" else "validation_accuracy")
    last = None
    for line in lines:
        loss, accuracy = _number(line, "validation_loss"), _number(line, "validation_accuracy")
        epoch, step = _number(line, "epoch"), _number(line, "step")
        if line["kind"] == "epoch" and None not in (loss, accuracy, epoch, step):
            assert loss is not None
            assert accuracy is not None
            best.observe(int(epoch or 0), int(step or 0), loss, accuracy)
            last = accuracy
    return Outcome(best.loss, best.accuracy, best.epoch or None, last)


def _number(line: Mapping[str, Any], key: str) -> float | None:
    value = line.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isfinite(value) else None


def _about(path: Path) -> Mapping[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        found = json.loads(path.read_bytes())
        if isinstance(found, dict):
            return found
    return {}
