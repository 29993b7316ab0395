"""Whether trials can be trained: values, shapes, memory, limits, before the first of them is."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from cnncli.check.check import check, place_problems
from cnncli.check.rules import check_memory
from cnncli.config.data import DataSpec
from cnncli.config.load import load
from cnncli.config.specification import Override, Specification
from cnncli.data.outline import outline
from cnncli.errors import DataError, TargetMissed
from cnncli.graph.network import Graph
from cnncli.problems import ConfigError, Place, Problem, TooLittleMemory
from cnncli.text import count, short

from .domains import Integers, Interval
from .sampling.random_search import RandomSearch
from .space import Space
from .sweep_spec import SweepSpec, trial_of, trials
from .trial import Trial

SAMPLE = 100
"""Trials that are looked at of a sweep whose trials are not known before."""
TOLD = 5
"""Faults that are told; the others are counted."""
_HOLD_OUT = (
    "no images are held out to compare trials by.\n"
    "Hold out some for all trials, like set: {data.validation: 0.1}."
)
_UNUSED = ("variables.", "blocks.")
"""What is warned of there changes nothing: all trials with it are the same."""


def check_trial(spec: SweepSpec, trial: Trial) -> tuple[Specification, Graph]:
    """The trial's configuration, and its network.

    Raises ConfigError, with the trial's values, where it cannot be trained, TooLittleMemory where
    it cannot be here, and DataError where nothing is known of the images.
    """
    judge = _Judge(spec)
    if faults := judge.faults(trial):
        told = f"In trial {trial.number}: {trial}"
        kind = TooLittleMemory if judge.lacks_memory else ConfigError
        raise kind([_with(fault, told) for fault in faults])
    assert judge.found
    return judge.found


def check_trials(spec: SweepSpec) -> None:
    """All trials that are known before the first, or the first few where there is no last.

    Of Optuna's samplers some that the space may give: what is wrong with a key alone counts, or
    what is in all of them. Raises as `check_trial`, with the first few faults, each with the first
    trial that has it.
    """
    is_known = not spec.sampler.asks_optuna
    number = trials(spec) or SAMPLE
    tried = [trial_of(spec, k) for k in range(number)] if is_known else list(_sample(spec.space))
    judge = _Judge(spec)
    own = {spec.place("space", key) for key in spec.space}
    faults: dict[object, tuple[Problem, list[Trial]]] = {}
    wrong = 0
    for trial in tried:
        found = {(p.place, p.path) if p.place in own else p: p for p in judge.faults(trial)}
        wrong += bool(found)
        for same, problem in found.items():
            faults.setdefault(same, (problem, []))[1].append(trial)
    counted = [
        (problem, where)
        for problem, where in faults.values()
        if is_known or problem.place in own or len(where) == len(tried)
    ]
    if not counted:
        return
    told = [
        _with(problem, _where(where, len(tried), is_known)) for problem, where in counted[:TOLD]
    ]
    if wrong < len(tried) or len(counted) > TOLD:
        more = f"; {count(len(counted) - TOLD, 'more fault')}" if len(counted) > TOLD else ""
        of = "trials" if is_known else "tried combinations"
        message = f"{wrong:,} of {len(tried):,} {of} cannot be trained{more}"
        told.append(Problem(spec.place("space"), "space", message))
    raise ConfigError(told)


def _where(where: Sequence[Trial], tried: int, is_known: bool) -> str:
    """`In trial 3: batch_size=64; and in 4 others`."""
    if len(where) == tried:
        return f"In all {tried:,} trials." if is_known else "Whatever the other values are."
    first, others = where[0], len(where) - 1
    name = f"trial {first.number}" if is_known else "a trial"
    more = f"; and in {count(others, 'other')}" if others and is_known else ""
    return f"In {name}: {short(str(first), 300)}{more}"


def _with(problem: Problem, told: str) -> Problem:
    return replace(problem, message=f"{problem.message}\n{told}")


def _sample(space: Space) -> Iterator[Trial]:
    """Both ends of everything, and what random search would try."""
    yield Trial(0, space.fill(lambda key, domain: domain.at(0)))
    yield Trial(0, space.fill(lambda key, domain: domain.at(1 - 2.0**-53)))
    for number in range(SAMPLE):
        yield Trial(number, RandomSearch().values(space, number))


class _Judge:
    """Judges trials, of which many are alike but for numbers of `train`.

    Such a number changes neither shapes nor memory between its ends: of trials that are alike the
    first is judged in full, and of the others that all values are valid.
    """

    def __init__(self, spec: SweepSpec) -> None:
        self.spec = spec
        self.found: tuple[Specification, Graph] | None = None
        self.lacks_memory = False
        """Whether what was wrong with the last trial is this machine's memory."""
        self._known: dict[str, list[Problem]] = {}
        self._images: dict[DataSpec, int | None] = {}
        continuous = {
            key
            for key, domain in spec.space.items()
            if isinstance(domain, Interval) and not isinstance(domain, Integers)
        }
        self._plain = {key for key in continuous if key.startswith("train.")}
        self._plain_places = {spec.place("space", key) for key in self._plain}

    def faults(self, trial: Trial) -> list[Problem]:
        """What is wrong with a trial, at its places in the sweep file where it is wrong there."""
        values = {k: None if k in self._plain else v for k, v in trial.values.items()}
        alike = repr(sorted(values.items()))
        overrides = self.spec.overrides(trial)
        if known := self._known.get(alike):
            return known
        try:
            if known is None:
                self._judge(trial, overrides)
            else:
                load(self.spec.base, overrides).check()
        except ConfigError as error:
            self.lacks_memory = isinstance(error, TooLittleMemory)
            found = self._in_sweep(trial, error.problems)
            if known is None and not self._plain_places & {problem.place for problem in found}:
                self._known[alike] = found
            return found
        self._known[alike] = []
        return []

    def _judge(self, trial: Trial, overrides: Sequence[str]) -> None:
        checked = check(self.spec.base, overrides, needs_data=True)
        try:
            self.found = checked.trainable()
        except TargetMissed:
            raise ConfigError(checked.over) from None
        for problem in checked.problems:
            if problem.path in trial.values and problem.path.startswith(_UNUSED):
                raise ConfigError([replace(problem, severity="error")])
        spec, graph = self.found
        images = self._count(spec)
        check_memory(spec, graph, spec.train.batch_size if images is None else images)

    def _count(self, spec: Specification) -> int | None:
        """The images to train on; None where they are not here yet."""
        assert spec.data
        if spec.data not in self._images:
            self._images[spec.data] = None
            try:
                with suppress(DataError):
                    found = outline(spec.data, download=True, notify=lambda told: None)
                    self._images[spec.data] = found.train
            except ConfigError as error:
                raise ConfigError(place_problems(error, spec)) from None
        return self._images[spec.data]

    def _in_sweep(self, trial: Trial, problems: Sequence[Problem]) -> list[Problem]:
        """The errors, with their places in the sweep file in those of overrides."""
        places: dict[Place, Place] = {}
        written = [("set", text) for text in self.spec.set]
        written += [("space", text) for text in self.spec.own(trial)]
        for section, text in written:
            key = text.partition("=")[0]
            places[Override(text).place] = self.spec.place(section, key)
        best, *_ = self.spec.common[len(self.spec.set) :]
        found = []
        for problem in problems:
            if problem.path == "train.best" and problem.place == Override(best).place:
                problem = Problem(self.spec.place("objective"), "objective", _HOLD_OUT)
            elif problem.message.startswith("unknown key"):
                problem = self._with_section(trial, problem, set(places))
            if problem.is_error:
                place = places.get(problem.place, problem.place)
                found.append(replace(problem, place=place, fixes=()))
        return found

    def _with_section(self, trial: Trial, problem: Problem, ours: set[Place]) -> Problem:
        """What to do about a key that the kind does not have which the trial has chosen."""
        section = problem.path.rpartition(".")[0]
        name = trial.values.get(f"{section}.name")
        if name is None:
            return problem
        remedy = f"choose whole sections, like {section}: [{{name: {name}}}, ...]"
        if problem.place in ours and problem.path in self.spec.space:
            remedy = f"give the key a condition, like if: {section}.name != {name}"
        return replace(problem, message=f"{problem.message}.\nFor {name}, {remedy}.")
