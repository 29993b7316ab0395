"""Optuna's study of a sweep, with its journal in the folder: asked for values, told results.

Any number of processes may have it open. The numbers of its trials are those of the sweep's.
"""

import json
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any

from cnncli.errors import UsageError
from cnncli.kernels import random_streams
from cnncli.kernels.random_streams import Stream
from cnncli.locks import file_lock

from .domains import Choices, Domain, Integers, Interval, readable
from .sampling.optuna_search import OptunaSampler
from .sweep_spec import SweepSpec
from .trial import Trial, written

JOURNAL = "optuna.journal"
_INSTALL = "pip install 'cnncli[sweep]'"


class Study:
    """Trials in the order of their numbers; one that was asked for is going until it is told."""

    def __init__(self, spec: SweepSpec, folder: Path) -> None:
        """Opens it, or makes it where the folder has none.

        Raises UsageError without Optuna, and where the folder's study is of another space.
        """
        try:
            import optuna

            if spec.sampler.name == "cmaes":
                import_module("cmaes")
        except ImportError:
            raise UsageError(
                f"sampler: {spec.sampler.name} needs Optuna; install it: {_INSTALL}, or choose "
                "sampler: random"
            ) from None
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        from .study_lock import JournalLock

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._optuna = optuna
        self._spec = spec
        self._folder = folder
        journal = folder / JOURNAL
        with self._lock():
            lock = JournalLock(journal)
            lock.acquire()  # which makes the file, and refuses a link
            lock.release()
            backend = JournalFileBackend(str(journal), lock_obj=lock)
            self._study = optuna.create_study(
                storage=JournalStorage(backend),
                study_name="sweep",
                load_if_exists=True,
                direction="maximize" if spec.objective.more_is_better else "minimize",
            )
            self._check_space()

    def _lock(self) -> Any:
        return file_lock(self._folder / f".{JOURNAL}", lambda holder: None)

    def _check_space(self) -> None:
        digest = space_digest(self._spec)
        known = self._study.user_attrs.get("space")
        if known is None:
            self._study.set_user_attr("space", digest)
        elif known != digest:
            raise UsageError(
                f"{self._folder / JOURNAL}: belongs to a sweep of another space, sampler or "
                "objective; choose another --out"
            )

    def ask(self) -> Trial | None:
        """The next trial; None: all that the budget has were asked for."""
        with self._lock():
            number = len(self._study.get_trials(deepcopy=False))
            most = self._spec.budget.trials
            if most is not None and number >= most:
                return None
            self._study.sampler = self._sampler(number)
            return self._values(self._study.ask())

    def trial(self, number: int) -> Trial:
        """One that was asked for; for the process that has the lock of its directory.

        Who asked for it may still be drawing its values: both are to have the same.
        """
        with self._lock():
            frozen = self._study.get_trials(deepcopy=False)[number]
            if values := frozen.user_attrs.get("values"):
                return Trial(number, values)
            self._study.sampler = self._sampler(number)
            return self._values(self._optuna.trial.Trial(self._study, frozen._trial_id))

    def going(self) -> list[int]:
        """Those that were asked for, of which nothing is told yet: to be resumed by anybody."""
        running = self._optuna.trial.TrialState.RUNNING
        return [t.number for t in self._study.get_trials(deepcopy=False, states=(running,))]

    def tell(self, number: int, value: float | None) -> None:
        """The objective that a trial has found; None: it has none, as it diverged.

        A trial that is told already keeps what was told.
        """
        state = None if value is not None else self._optuna.trial.TrialState.FAIL
        with self._lock():  # Optuna looks whether it is told, and tells it, in two steps
            self._study.tell(number, value, state=state, skip_if_finished=True)

    def _values(self, trial: Any) -> Trial:
        """Draws those that are not drawn yet, and notes them all as they are used."""
        values = self._spec.space.fill(lambda key, domain: _suggest(trial, key, domain))
        trial.set_user_attr("values", values)
        return Trial(trial.number, values)

    def _sampler(self, number: int) -> Any:
        """With a seed for each trial, so that one worker alone draws the same every time."""
        sampler = self._spec.sampler
        assert isinstance(sampler, OptunaSampler)
        seed = int(random_streams.key(sampler.seed, Stream.SWEEP, number)) % 2**32
        samplers = self._optuna.samplers
        if sampler.name == "cmaes":
            return samplers.CmaEsSampler(seed=seed, warn_independent_sampling=False)
        return samplers.TPESampler(seed=seed, constant_liar=True)


def _suggest(trial: Any, key: str, domain: Domain) -> Any:
    if isinstance(domain, Choices):
        texts = [written(value) for value in domain.values]
        return domain.values[texts.index(trial.suggest_categorical(key, texts))]
    assert isinstance(domain, Interval)
    if isinstance(domain, Integers):
        step = domain.step or 1
        return trial.suggest_int(key, domain.low, domain.high, step=step, log=domain.log)
    value = trial.suggest_float(key, domain.low, domain.high, step=domain.step, log=domain.log)
    return readable(value, domain.low, domain.high)


def space_digest(spec: SweepSpec) -> str:
    """What makes a study that of a sweep: its space, sampler and objective."""
    said = [
        repr(spec.sampler),
        spec.objective.metric,
        [[k, repr(d)] for k, d in spec.space.items()],
    ]
    return sha256(json.dumps(said).encode()).hexdigest()
