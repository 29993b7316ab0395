"""What is known of a run from its directory: its state, its figures and its configuration."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar

from cnncli.config.metrics import VALIDATION_METRICS, more_is_better
from cnncli.errors import CheckpointError
from cnncli.locks import is_at_work
from cnncli.text import printable, short

from .run_files import RunFiles, Values, below, checkpoint_values, number, whole
from .settings import Settings, Value, settings_of

T = TypeVar("T")

State = Literal["going", "interrupted", "finished", "diverged", "damaged"]

FIGURES = (
    "name", "path", "state", "epochs", "step", "best_epoch", "best_validation_accuracy",
    "best_validation_loss", "validation_accuracy", "validation_loss", "train_accuracy",
    "train_loss", "test_accuracy", "test_loss", "seconds", "started", "remark",
)  # fmt: skip
"""What every run has a value for, be it None; the keys of its configuration stand beside them."""

_REMARK = 1_000
"""Characters of what is said of a run."""


@dataclass
class RunRecord:
    """A run by its name: the path below the folder in which it was found.

    problems: what of it is damaged or cannot be read, a line each.
    """

    name: str
    path: Path
    state: State = "interrupted"
    remark: str | None = None
    started: str | None = None
    settings: Settings = field(default_factory=dict)
    about: Values = field(default_factory=dict)
    header: Values = field(default_factory=dict)
    epochs: Sequence[Values] = ()
    """The last line of metrics.jsonl for each epoch, in their order."""
    test: Values = field(default_factory=dict)
    config: str = ""
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path, name: str, header: Values | None = None) -> "RunRecord":
        """What is in the directory; nothing is raised, and no array is read.

        header: the text of the checkpoint that is meant, which has the configuration then.
        """
        run, files = cls(name, path), RunFiles(path)
        is_going = is_at_work(path)
        about = run._try(files.about)
        run.about = about or {}
        is_damaged = bool(run.problems)
        lines, damaged = run._try(files.metrics) or ([], [])
        run.problems += damaged
        run.epochs, run.test = epochs_of(lines), _last(lines, "test")
        recorded = None if header else run._try(files.config)
        is_told = header or (recorded and "ended" in run.about)
        run.header = header or ({} if is_told else run._newest(files.checkpoints))
        run.config = recorded or below(run.header, "config") or ""
        run.settings = run._try(lambda: settings_of(run.config, f"{path / 'config.yaml'}")) or {}
        if not run.config and not run.problems:
            run.problems.append(f"{path}: holds no configuration, and no checkpoint that has one")
        run.started = _text(run.about.get("started"))
        run.state, run.remark = run._state(is_going, is_damaged or not run.config)
        return run

    def _newest(self, checkpoints: Sequence[Path]) -> Values:
        """What the first of them holds that can be read."""
        read = (self._try(partial(checkpoint_values, path)) for path in checkpoints)
        return next(filter(None, read), {})

    def _try(self, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except CheckpointError as error:
            self.problems.append(str(error))
            return None

    def _state(self, is_going: bool, is_damaged: bool) -> tuple[State, str | None]:
        """And what is to be said of it."""
        if is_going:
            return "going", None
        if is_damaged:
            return "damaged", short(self.problems[0], _REMARK)
        if "ended" in self.about:
            return "finished", _text(below(self.about, "ended", "reason"))
        if "diverged" in self.about:
            return "diverged", _text(below(self.about, "diverged", "reason"))
        # versions that did not record how a run ended say in the checkpoint that it has
        progress = below(self.header, "progress")
        has_stopped = below(progress, "watch", "stopped") is True
        is_done = (self._done or 0) >= (number(self.settings.get("train.epochs")) or 0)
        if below(progress, "finished") is True and (is_done or has_stopped):
            return "finished", None
        return "interrupted", None

    @property
    def _done(self) -> int | None:
        """Epochs that have ended."""
        return whole(self.epochs[-1].get("epoch")) if self.epochs else None

    @property
    def step(self) -> int | None:
        """Steps done, as far as is recorded."""
        places = (
            below(self.about, "ended", "step"),
            below(self.about, "diverged", "step"),
            below(self.header, "progress", "step"),
            self.epochs[-1].get("step") if self.epochs else None,
        )
        return next((found for found in map(whole, places) if found is not None), None)

    @property
    def best(self) -> Values:
        """The line of the epoch with the best network, as the run chose it."""
        names: tuple[str, ...] = ("validation_accuracy",)  # of a tie the first, once
        if "best" in self.about:
            of_loss = self.about["best"] == "validation_loss"
            names = VALIDATION_METRICS if of_loss else VALIDATION_METRICS[::-1]
        held_out = [line for line in self.epochs if number(line.get(names[0])) is not None]
        return max(held_out, key=lambda line: [_gain(name, line) for name in names], default={})

    def row(self) -> Mapping[str, Value]:
        """Every figure by its name, and every key of the configuration, for one who compares."""
        last, best = self.epochs[-1] if self.epochs else {}, self.best
        figures: dict[str, Value] = {
            "name": self.name,
            "path": str(self.path),
            "state": self.state,
            "epochs": self._done,
            "step": self.step,
            "best_epoch": whole(best.get("epoch")),
            "best_validation_accuracy": number(best.get("validation_accuracy")),
            "best_validation_loss": number(best.get("validation_loss")),
            "seconds": round(seconds_of(self.epochs), 3) if self.epochs else None,
            "started": self.started,
            "remark": self.remark,
        }
        for name in FIGURES:
            source = self.test if name.startswith("test_") else last
            figures.setdefault(name, number(source.get(name)))
        return {**{name: figures[name] for name in FIGURES}, **self.settings}


def epochs_of(lines: Sequence[Values]) -> list[Values]:
    """Of the lines of metrics.jsonl the last one for each epoch, in their order."""
    by_epoch = {
        epoch: line
        for line in lines
        if line.get("kind") == "epoch" and (epoch := whole(line.get("epoch"))) is not None
    }
    return [by_epoch[epoch] for epoch in sorted(by_epoch)]


def seconds_of(epochs: Sequence[Values]) -> float:
    """Of their training steps."""
    return sum(number(line.get("seconds")) or 0 for line in epochs)


def _last(lines: Sequence[Values], kind: str) -> Values:
    return next((line for line in reversed(lines) if line.get("kind") == kind), {})


def _gain(name: str, line: Values) -> float:
    """The larger, the better; the first of equals is taken."""
    found = number(line.get(name))
    if found is None:
        return float("-inf")
    return found if more_is_better(name) else -found


def _text(value: object) -> str | None:
    return short(printable(value), _REMARK) if isinstance(value, str) else None
