"""The typed sweep: what a sweep file says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from cnncli.bounds import MAX_THREADS, MAX_TRIALS
from cnncli.config.metrics import ValidationMetric, more_is_better
from cnncli.layers.constraints import Field
from cnncli.layers.fields import Count
from cnncli.problems import Path as KeyPath
from cnncli.problems import Place, nearest
from cnncli.schema.kinds import Section
from cnncli.schema.number_types import Positive
from cnncli.schema.path_types import GivenPath
from cnncli.schema.short_forms import ShortForm

from .pruning.halving import Pruner
from .relative_paths import in_file
from .sampling.random_search import RandomSearch
from .sampling.search import Sampler
from .space import Space
from .trial import Trial, as_override


@dataclass(frozen=True, kw_only=True)
class Budget(Section):
    """When no further trial is begun; of both, what comes first."""

    trials: Annotated[
        Annotated[Count, Field(le=MAX_TRIALS)] | None,
        Field(description="how many; for a grid, default: all its points"),
    ] = None
    hours: Annotated[
        Positive | None,
        Field(description="since the first trial began; those that are going are finished"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class SweepFile(Section):
    """The keys of a sweep file."""

    name: Annotated[
        str | None, Field(description="what the sweep's folder is called; default: the file's name")
    ] = None
    base: Annotated[
        GivenPath,
        Field(
            description="the configuration that all trials begin with: a path, relative to this "
            "file, or the name of one that comes with `cnn`"
        ),
    ]
    set: Annotated[
        dict[str, Any],
        Field(
            title="values by their keys, like {train.epochs: 10}",
            description="values of the base to change for all trials, as after `--set`",
        ),
    ] = field(default_factory=dict)
    space: Annotated[
        dict[str, Any],
        Field(
            title="domains by their keys, like {train.optimizer.lr: {log: [1e-3, 1]}}",
            description="the keys to choose values for, and the values that each may have",
        ),
    ]
    sampler: Annotated[
        Annotated[Sampler, ShortForm(Sampler, "sampler")],
        Field(description="how values are chosen: a name, or with settings, {random: {seed: 3}}"),
    ] = RandomSearch()
    budget: Annotated[Budget, Field(description="how many trials, or how long")] = Budget()
    objective: Annotated[
        ValidationMetric,
        Field(description="by what trials are compared: the best of their epochs counts"),
    ] = "validation_accuracy"
    pruner: Annotated[
        Annotated[Pruner, ShortForm(Pruner, "pruner")] | None,
        Field(description="which trials are ended early; default: none"),
    ] = None
    threads: Annotated[
        Annotated[Count, Field(le=MAX_THREADS)] | None,
        Field(description="of each trial; default: the base's train.threads"),
    ] = None


@dataclass(frozen=True)
class Objective:
    """The metric by which trials are compared."""

    metric: ValidationMetric

    @property
    def more_is_better(self) -> bool:
        """Of the metric."""
        return more_is_better(self.metric)


@dataclass(frozen=True, eq=False)
class SweepSpec:
    """A sweep; `base` is the path of the configuration or the name of one that is shipped."""

    file: Path
    name: str
    base: Path
    set: tuple[str, ...]
    """Overrides of the base for all trials, as after --set."""
    space: Space
    sampler: Sampler
    budget: Budget
    objective: Objective
    pruner: Pruner | None
    threads: int | None
    places: Mapping[KeyPath, Place]
    """Where each value of the file stands, by its path."""

    def place(self, *path: str | int) -> Place:
        """Where the value at the path stands, or what is around it."""
        return nearest(self.places, path) or Place(str(self.file))

    @property
    def common(self) -> tuple[str, ...]:
        """Overrides of all trials: what is set, and what follows from objective and threads.

        The best network of a trial is the best by the objective.
        """
        given = {"train.best": self.objective.metric, "train.threads": self.threads}
        return (*self.set, *(as_override(k, v) for k, v in given.items() if v is not None))

    def overrides(self, trial: Trial) -> tuple[str, ...]:
        """All overrides of the base that make the trial's configuration."""
        return (*self.common, *self.own(trial))

    def own(self, trial: Trial) -> tuple[str, ...]:
        """Those of the trial alone, with paths as they are on this machine."""
        values = {key: in_file(key, value, self.file) for key, value in trial.values.items()}
        return trial._replace(values=values).overrides


def trials(spec: SweepSpec) -> int | None:
    """How many trials there are; None: until the hours are over."""
    known = [n for n in (spec.sampler.most(spec.space), spec.budget.trials) if n is not None]
    return min(known) if known else None


def trial_of(spec: SweepSpec, number: int) -> Trial:
    """The trial with that number, from 0: of grid, random and quasi-random search."""
    return Trial(number, spec.sampler.values(spec.space, number))
