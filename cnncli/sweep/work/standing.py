"""How a sweep stands, for one who looks from anywhere: nothing is written, and nobody kept out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cnncli.config.load import load
from cnncli.config.source_text.source import read_source
from cnncli.errors import UsageError
from cnncli.files import reported, write_whole
from cnncli.locks import is_at_work
from cnncli.runs.run_files import Values, number
from cnncli.runs.run_record import epochs_of, seconds_of
from cnncli.sweep.sweep_spec import SweepSpec, trials
from cnncli.training.storage.directory import RunDirectory

from .rungs import Ladder
from .shared_folder import About, SharedFolder, texts_of
from .trial_result import TrialResult, read_worker
from .worker import is_late, ladder_of


class TrialState(NamedTuple):
    """A trial as it stands."""

    number: int
    values: Mapping[str, Any]
    state: str
    """That of its result, of one that has begun `running`, or `waiting` for a worker."""
    epochs: int
    objective: float | None
    """The best so far; None: it has none, or has diverged or failed."""
    best_epoch: int | None
    seconds: float
    worker: str | None
    """Who trains it now."""
    message: str
    rungs: int
    """How many it has reached."""


class Standing(NamedTuple):
    """A sweep as it stands."""

    spec: SweepSpec
    path: Path
    about: About
    size: int | None
    """How many trials there are to be; None: until the hours are over."""
    trials: Sequence[TrialState]
    """Those that have begun, by number."""
    best: int | None
    is_complete: bool
    made_with: Sequence[str]

    @property
    def counts(self) -> Counter[str]:
        """How many trials are in each state."""
        return Counter(trial.state for trial in self.trials)

    @property
    def ranked(self) -> Sequence[TrialState]:
        """The trials, the best first, in the order of `best`; without an objective last."""
        sign = -1 if self.spec.objective.more_is_better else 1

        def key(trial: TrialState) -> tuple[Any, ...]:
            found = trial.objective
            return found is None, 0 if found is None else sign * found, -trial.epochs, trial.number

        return sorted(self.trials, key=key)


def standing(spec: SweepSpec, folder: SharedFolder) -> Standing:
    """The sweep in the folder as it stands now.

    Raises UsageError where there is none, CheckpointError where its files are damaged.
    """
    about = folder.read_about()
    if about is None:
        raise UsageError(
            f"{folder.path}: there is no sweep here yet; start it without --status, or name its "
            "folder with --out"
        )
    size = trials(spec)
    results = {k: r for k, r in folder.results().items() if size is None or k < size}
    base = load(spec.base, spec.common)
    ladder = ladder_of(spec, base.train.epochs)
    found = [_state(number, result, folder, spec) for number, result in results.items()]
    is_under_way = any(result.state == "begun" for result in results.values())
    is_over = ladder.next_step(results, size) is None or is_late(spec, about)
    return Standing(
        spec=spec,
        path=folder.path,
        about=about,
        size=size,
        trials=found,
        best=best(ladder, results),
        is_complete=is_over and not is_under_way,
        made_with=sorted({name for result in results.values() for name in result.made_with}),
    )


def check_same(spec: SweepSpec, folder: SharedFolder) -> None:
    """Raises UsageError where the sweep in the folder is another's than these files'."""
    folder.check(texts_of(spec, read_source(spec.file).text))


def best(ladder: Ladder, results: Mapping[int, TrialResult]) -> int | None:
    """The sound trial with the best objective; of two the one that got further, then the first."""
    sign = -1 if ladder.more_is_better else 1
    sound = [(k, result.rung) for k, result in results.items()]
    keys = [(sign * rung.objective, -rung.epochs, k) for k, rung in sound if rung]
    return min(keys)[-1] if keys else None


def write_best(found: Standing, folder: SharedFolder) -> None:
    """The configuration of the best trial, complete, as a file. Raises WriteError."""
    if found.best is not None:
        config = RunDirectory(folder.trial(found.best)).config
        with reported(config, "cannot be read"):
            content = config.read_bytes()
        with folder.lock():
            write_whole(folder.best, content)


def _state(number: int, result: TrialResult, folder: SharedFolder, spec: SweepSpec) -> TrialState:
    path, worker = folder.trial(number), None
    rung = result.rung
    state, epochs, seconds = str(result.state), result.epochs, result.seconds
    objective, best_epoch = (rung.objective, rung.best_epoch) if rung else (None, None)
    if result.state == "begun":
        is_running = is_at_work(path)
        worker = read_worker(path) if is_running else None
        state = "running" if is_running else "waiting"
        lines = epochs_of(RunDirectory(path).lines())
        values = _objectives(lines, spec.objective.metric)
        choose = max if spec.objective.more_is_better else min
        if values:
            best_epoch = choose(values, key=lambda epoch: values[epoch])
            objective, epochs = values[best_epoch], max(values)
            seconds = seconds_of(lines)
    return TrialState(
        number=number,
        values=result.values,
        state=state,
        epochs=epochs,
        objective=objective,
        best_epoch=best_epoch,
        seconds=seconds,
        worker=str(worker) if worker else None,
        message=result.message,
        rungs=len(result.rungs),
    )


def _objectives(lines: Sequence[Values], metric: str) -> dict[int, float]:
    """By epochs, of those that have one."""
    found = ((line["epoch"], number(line.get(metric))) for line in lines)
    return {epoch: value for epoch, value in found if value is not None}
