"""Optuna's study: asked for values of our domains, told results, by any number of processes."""

import pytest

from cnncli.sweep.study import Study
from tests.sweep.sweep_files import load

pytestmark = pytest.mark.optuna

SPACE = """
base: digits
space:
  train.optimizer.lr: {log: [1e-3, 1]}
  train.batch_size: {integers: [32, 128], step: 32}
  train.optimizer.name: [sgd, adamw]
  train.optimizer.weight_decay: {log: [1e-5, 1e-2], if: train.optimizer.name = adamw}
sampler: SAMPLER
budget: {trials: 12}
"""


@pytest.mark.parametrize("sampler", ["tpe", "cmaes"])
def test_all_trials_of_the_budget_are_asked_for_once(tmp_path, sampler):
    spec = load(SPACE.replace("SAMPLER", sampler), tmp_path)
    studies = [Study(spec, tmp_path), Study(spec, tmp_path)]
    numbers = []
    while trial := studies[len(numbers) % 2].ask():
        numbers.append(trial.number)
        values = trial.values
        assert set(spec.space) - set(values) <= {"train.optimizer.weight_decay"}
        assert ("train.optimizer.weight_decay" in values) == (
            values["train.optimizer.name"] == "adamw"
        )
        assert all(spec.space[key].has(value) for key, value in values.items())
        assert studies[0].trial(trial.number) == trial
        assert trial.number in studies[0].going()
        studies[0].tell(trial.number, values["train.optimizer.lr"])
    assert numbers == list(range(12))
    assert studies[1].going() == []
