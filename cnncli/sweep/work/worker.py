"""A worker: one of any number of processes, on any machines, that train the trials of a sweep.

All that it decides follows from the sweep's folder, so that a worker may come and go.
"""

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from cnncli.config.load import load
from cnncli.config.source_text.source import read_source
from cnncli.errors import CheckpointError, DivergedError
from cnncli.files import reported
from cnncli.locks import BusyError, is_at_work
from cnncli.machine import available_threads
from cnncli.problems import ConfigError, Problem, TooLittleMemory
from cnncli.report.progress import Progress, duration
from cnncli.runs.run_record import epochs_of, seconds_of
from cnncli.sweep.judgement import check_trial, check_trials
from cnncli.sweep.pruning.halving import Halving
from cnncli.sweep.study import Study
from cnncli.sweep.sweep_spec import SweepSpec, trial_of, trials
from cnncli.sweep.trial import Trial
from cnncli.text import count, join_words, printable
from cnncli.training.ending import in_words
from cnncli.training.state import Best
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.environment import versions
from cnncli.training.tools.launch import launch

from .rungs import Ladder, Step, begun
from .shared_folder import About, SharedFolder, texts_of
from .trial_result import Rung, State, TrialResult, Worker, read_result, write_result, write_worker

_LEAST_WAIT, _MOST_WAIT = 0.1, 5.0
"""Seconds until the folder is looked at again, when others have all that is to be done."""
_LENGTHS = ("train", "train.epochs")
"""Keys that say for how long a trial trains."""


class Sweep:
    """A sweep in its folder, as one worker has it in hand."""

    def __init__(
        self, spec: SweepSpec, folder: SharedFolder, progress: Progress, *, download: bool
    ) -> None:
        """Joins the sweep in the folder, or begins it when all its trials have been checked.

        progress: says how it goes. download: a published data set may be fetched. Raises UsageError
        and ConfigError where it cannot be a sweep, else as `SharedFolder.begin` does.
        """
        self.folder, self._progress, self._download = folder, progress, download
        if spec.pruner and trials(spec) is None:
            message = "a rung is decided when all its trials are there; add trials to the budget"
            raise ConfigError([Problem(spec.place("pruner"), "pruner", message)])
        if spec.pruner and (key := next((key for key in spec.space if key in _LENGTHS), None)):
            message = "rungs are the same for all trials; leave it out of the space, or the pruner"
            raise ConfigError([Problem(spec.place("space", key), f"space.{key}", message)])
        base = load(spec.base, spec.common)
        self._file_text = read_source(spec.file).text
        if folder.read_about() is None:
            check_trials(spec)
        threads = base.train.threads or available_threads()
        self.about = folder.begin(texts_of(spec, self._file_text), threads)
        self.spec = replace(spec, threads=self.about.threads)
        self.ladder = ladder_of(spec, base.train.epochs)
        self.size = trials(spec)
        self._study = Study(self.spec, folder.path) if spec.sampler.asks_optuna else None
        self._heard: set[str] = set()
        self._made_with = made_with()
        if (cores := available_threads()) != self.about.threads and spec.threads is None:
            progress.say(
                f"{count(self.about.threads, 'thread')} a trial, as the sweep began, "
                f"on {count(cores, 'core')} here"
            )

    def work(self) -> None:
        """Trains free trials until there are none and none can become free.

        Raises Interrupted, after saving, and KeyboardInterrupt where a signal came, and what keeps
        this machine from training: DataError, WriteError and others of its own.
        """
        wait, told = _LEAST_WAIT, ""
        while (step := self._next_step()) is not None:
            if self._take_one(step):
                wait, told = _LEAST_WAIT, ""
                continue
            if told != (told := self._others()):
                self._progress.say(f"nothing is free; waiting{told}")
            time.sleep(wait * random.uniform(0.5, 1.5))  # not all at the same moments
            wait = min(1.5 * wait, _MOST_WAIT)

    @property
    def is_late(self) -> bool:
        """The hours are over: nothing more begins."""
        return is_late(self.spec, self.about)

    def _next_step(self) -> Step | None:
        self._results = self.folder.results()
        step = self.ladder.next_step(self._results, self.size)
        if step and self.is_late:
            going = begun(self._results)
            if self._study:
                going = sorted(set(going) & set(self._study.going()))
            return step._replace(trials=going) if going else None
        return step

    def _take_one(self, step: Step) -> bool:
        """Whether there was something to do: the first trial that nobody has."""
        return any(self._take(number, step) for number in self._candidates(step))

    def _candidates(self, step: Step) -> Iterable[int]:
        if self._study and step.rung == 0 and not self.is_late:
            return self._asked_for(self._study)
        return step.trials

    def _asked_for(self, study: Study) -> Iterator[int]:
        """The trials that Optuna has given out, and after these a new one."""
        for number in study.going():
            result = self._results.get(number)
            if result and result.has_reached(0):  # its worker has ended before it could tell
                self._tell(number, result)
            else:
                yield number
        if asked := study.ask():
            yield asked.number

    def _take(self, number: int, step: Step) -> bool:
        """Trains the trial to the end of the step, unless another worker has it."""
        path = self.folder.trial(number)
        if is_at_work(path):
            return False
        with reported(path, "could not be made"):
            path.mkdir(exist_ok=True)
        directory = RunDirectory(path)
        try:
            with directory.lock(is_needed=True):
                # after this change of the directory, a client of NFS looks at it anew
                write_worker(path, Worker.here(time.time()))
                result = read_result(path)
                if result is None or not result.has_reached(step.rung):
                    self._train(number, step, directory, result)
        except BusyError:
            return False
        return True

    def _train(
        self, number: int, step: Step, directory: RunDirectory, former: TrialResult | None
    ) -> None:
        self.folder.check(texts_of(self.spec, self._file_text))  # the file was read once
        trial = self._study.trial(number) if self._study else trial_of(self.spec, number)
        begun = former or TrialResult(trial.values)
        made_with = tuple(dict.fromkeys((*begun.made_with, self._made_with)))
        begun = replace(begun, state="begun", made_with=made_with)
        write_result(directory.path, begun)
        again = "goes on" if directory.holds_a_run else f"{trial}"
        self._progress.say(f"trial {number}: {again}")
        result = replace(self._result(trial, step, directory, begun), **_measures(directory))
        write_result(directory.path, result)
        self._tell(number, result)
        self._progress.say(f"trial {number}: {outcome(result, self.spec.objective.metric)}")

    def _result(
        self, trial: Trial, step: Step, directory: RunDirectory, begun: TrialResult
    ) -> TrialResult:
        """What comes of a trial that is trained to the end of the step."""
        try:
            spec, graph = check_trial(self.spec, trial)
            found = launch(
                spec,
                graph,
                None,
                _Warnings(self._progress, self._heard),
                directory=directory,
                resume=False,
                max_steps=None,
                max_epochs=step.epochs,
                download=self._download,
                judges=False,
            )
        except DivergedError as error:
            return replace(begun, state="diverged", message=str(error))
        except TooLittleMemory:  # another machine may have enough for the trial
            raise
        except (ConfigError, CheckpointError) as error:
            return replace(begun, state="failed", message=str(error))
        if found.best is None or found.best.epoch == 0:
            return replace(begun, state="failed", message="no epoch of it has an objective")
        epochs = _epochs(directory)
        rung = Rung(epochs, value_of(found.best, self.spec.objective.metric), found.best.epoch)
        state: State = "finished" if found.is_finished else "paused"
        return replace(begun, state=state, rungs=(*begun.rungs, rung))

    def _tell(self, number: int, result: TrialResult) -> None:
        if self._study:
            self._study.tell(number, result.rung.objective if result.rung else None)

    def _others(self) -> str:
        """Who has what is waited for, where that is known."""
        names = [str(number) for number in begun(self._results)]
        what = "trial" if len(names) == 1 else "trials"
        return f" for {what} {join_words(names)}, which others train" if names else ""


class _Warnings(Progress):
    """Of the runs of all trials, each warning once."""

    def __init__(self, progress: Progress, heard: set[str]) -> None:
        super().__init__(quiet=True, bar=False)
        self._whole, self._heard = progress, heard

    def warn(self, text: str) -> None:
        if text not in self._heard:
            self._heard.add(text)
            self._whole.warn(text)


def ladder_of(spec: SweepSpec, epochs: int) -> Ladder:
    """The rungs of a sweep whose base trains for so many epochs."""
    assert isinstance(spec.pruner, Halving | None), "there is no other pruner"
    first, factor = (spec.pruner.epochs, spec.pruner.factor) if spec.pruner else (None, 1)
    return Ladder.of(first, factor, epochs, spec.objective.more_is_better)


def is_late(spec: SweepSpec, about: About) -> bool:
    """Whether the hours of the budget are over."""
    hours = spec.budget.hours
    return hours is not None and time.time() >= about.began + 3600 * hours


def value_of(best: Best, metric: str) -> float:
    """The objective of a run's best network."""
    value = best.loss if metric == "validation_loss" else best.accuracy
    assert value is not None
    return value


def outcome(result: TrialResult, metric: str) -> str:
    """What came of a trial, in a line."""
    if not result.rung:
        return f"{result.state}: {printable(result.message.splitlines()[0])}"
    ended = "" if result.is_over else " so far"
    return (
        f"{in_words(metric)} {result.rung.objective:.4f}, the best of "
        f"{count(result.epochs, 'epoch')}{ended}, in epoch {result.rung.best_epoch}; "
        f"{duration(result.seconds)}"
    )


def made_with() -> str:
    """What decides bits here: each BLAS with its type of processor, and NumPy."""
    found = versions()
    libraries = (" ".join(map(str, blas.values())) for blas in found["blas"])
    return ", ".join([*dict.fromkeys(libraries), f"numpy {found['numpy']}"])


def _measures(directory: RunDirectory) -> dict[str, Any]:
    lines = epochs_of(directory.lines())
    return {"epochs": _epochs(directory), "seconds": round(seconds_of(lines), 3)}


def _epochs(directory: RunDirectory) -> int:
    lines = epochs_of(directory.lines())
    return int(lines[-1]["epoch"]) if lines else 0
