"""What a run's metrics say of its way, whoever wrote them."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, nan
from pathlib import Path
from typing import Any

from cnncli.bounds import MAX_COUNT, MAX_PAGE_METRICS
from cnncli.errors import UsageError, WriteError
from cnncli.text import bytes_text
from cnncli.training.storage.directory import RunDirectory

Line = Mapping[str, Any]


@dataclass(frozen=True)
class History:
    """A run by its name, with the lines of its metrics that can be placed.

    remark: why there are none of a file that is there.
    """

    name: str
    lines: Sequence[Line]
    remark: str = ""

    @classmethod
    def of(cls, name: str, lines: Sequence[Line]) -> "History":
        """Without lines whose step is no number of steps."""
        return cls(name, [line for line in lines if 0 <= number(line.get("step")) <= MAX_COUNT])

    @classmethod
    def read(cls, directory: RunDirectory) -> "History":
        """That of a run's directory. Raises WriteError where it cannot be read."""
        name = os.path.basename(os.path.abspath(directory.path))
        size = os.path.getsize(directory.metrics) if os.path.isfile(directory.metrics) else 0
        if size > MAX_PAGE_METRICS:
            most = bytes_text(MAX_PAGE_METRICS)
            found = f"metrics.jsonl has {bytes_text(size)}, and a page reads at most {most} of it"
            return cls(name, [], found)
        return cls.of(name, directory.lines())

    @classmethod
    def beside(cls, path: Path) -> "History":
        """Another run's, from its directory or a checkpoint in there.

        Raises UsageError where nothing is recorded, or it cannot be read.
        """
        directory = RunDirectory(path if os.path.isdir(path) else path.parent)
        try:
            found = cls.read(directory)
        except WriteError as error:
            raise UsageError(f"{path}: {error}; --with takes the folder of a run") from None
        if found.remark:
            raise UsageError(f"{path}: {found.remark}; leave it out")
        if not found.lines:
            raise UsageError(
                f"{path}: no metrics.jsonl is there that records a step; --with takes the folder "
                "of a run"
            )
        return found

    def series(self, sources: Collection[tuple[str, str]]) -> tuple[list[float], list[float]]:
        """Steps and values of what (kind of line, key) name, in the order of the file."""
        kinds = {kind for kind, _ in sources}
        lines = self.lines if len(kinds) > 1 else self._of_kind.get(kinds.pop(), [])
        steps, values = [], []
        for line in lines:
            for kind, key in sources:
                if line["kind"] == kind and key in line:
                    steps.append(number(line["step"]))
                    values.append(number(line[key]))
        return steps, values

    @property
    def epochs(self) -> list[Line]:
        """The lines at the ends of epochs."""
        return self._of_kind.get("epoch", [])

    @property
    def epoch_steps(self) -> int | None:
        """Steps of an epoch; None where no epoch has ended."""
        for line in self.epochs:
            step, epoch = number(line["step"]), number(line.get("epoch"))
            if 0 < epoch <= step and step % epoch == 0:
                return int(step // epoch)
        return None

    @cached_property
    def _of_kind(self) -> Mapping[str, list[Line]]:
        """There may be millions of steps, among which few lines are others."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            if isinstance(kind := line["kind"], str):
                found.setdefault(kind, []).append(line)
        return found

    @cached_property
    def rollbacks(self) -> list[tuple[float, int]]:
        """Steps of the first lines after the run went back, and how often it had by then."""
        found: list[tuple[float, int]] = []
        for line in self.lines:
            times = number(line.get("rollbacks"))
            if times > (found[-1][1] if found else 0):
                found.append((number(line["step"]), int(min(times, MAX_COUNT))))
        return found


def number(value: object) -> float:
    """What JSON gives as a number; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return nan
    try:
        return float(value)
    except OverflowError:  # an integer of hundreds of digits
        return inf
