"""Whether trials can be trained: shapes, memory, limits, before the first of them."""

from cnncli.check.check import check
from cnncli.config.specification import Specification
from cnncli.graph.network import Graph

from .sweep_spec import SweepSpec, trial_of, trials
from .trial import Trial


def check_trial(spec: SweepSpec, trial: Trial) -> tuple[Specification, Graph]:
    """The trial's configuration. Raises ConfigError with its values where it cannot be trained."""
    return check(spec.base, spec.overrides(trial), needs_data=True).trainable()


def check_trials(spec: SweepSpec) -> None:
    """All trials that are known before the first. Raises ConfigError."""
    for number in range(trials(spec) or 0):
        check_trial(spec, trial_of(spec, number))
