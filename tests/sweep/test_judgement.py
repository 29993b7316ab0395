"""Trials are judged before the first: values, shapes, memory, limits, and images held out."""

import time

import pytest

import cnncli.check.rules
from cnncli.errors import CnncliError
from cnncli.sweep.judgement import check_trial, check_trials
from cnncli.sweep.sweep_spec import trial_of
from tests.sweep.sweep_files import load

NET = """
data: {name: digits, validation: 0.1}
architecture: INPUT -> [CONV3-8 -> RELU]*N -> POOL -> FC
variables: {N: 1}
limits: {parameters: 100000}
train: {optimizer: {name: sgd, lr: 0.1, momentum: 0.9}, batch_size: 64}
"""


def problems(text, folder, base=NET):
    """What is said of a sweep, without its folder."""
    (folder / "net.yaml").write_text(base)
    spec = load(f"base: net.yaml\n{text}", folder)
    with pytest.raises(CnncliError) as caught:
        check_trials(spec)
    return str(caught.value).replace(f"{folder}/", "")


def test_trials_that_can_be_trained(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    text = """
base: net.yaml
space:
  train.optimizer.lr: {log: [1e-3, 1]}
  train.optimizer: [{name: sgd, momentum: 0.9}, adamw]
  train.optimizer.weight_decay: {log: [1e-5, 1e-2], if: train.optimizer.name = adamw}
  variables.N: {integers: [1, 3]}
budget: {trials: 20}
"""
    spec = load(text, tmp_path)
    check_trials(spec)
    for number in range(20):
        trial = trial_of(spec, number)
        found, graph = check_trial(spec, trial)
        assert found.train.optimizer.lr == trial.values["train.optimizer.lr"]
        assert found.train.best == "validation_accuracy"
        name = found.train.optimizer.name
        assert (name == "adamw") == (trial.values["train.optimizer"] == "adamw")
        decay = trial.values.get("train.optimizer.weight_decay")
        assert name != "adamw" or found.train.optimizer.weight_decay == decay
        assert sum("conv" in node.name for node in graph.nodes) == trial.values["variables.N"]


BUDGET = "\nbudget: {trials: 4}"
CASES = {
    "a key that is none": (
        "space: {train.optimiser.lr: [0.1, 0.2]}\nsampler: grid",
        "sweep.yaml:2:29: train.optimiser: unknown key 'optimiser'; did you mean optimizer?\n"
        "  In all 2 trials.",
    ),
    "a value that is none": (
        "space: {train.optimizer.lr: [0.1, -1, 0]}\nsampler: grid",
        "sweep.yaml:2:29: train.optimizer.lr: lr must be greater than 0, not -1\n"
        "  In trial 1: train.optimizer.lr=-1; and in 1 other\n"
        "sweep.yaml:2:8: space: 2 of 3 trials cannot be trained",
    ),
    "a key that only one kind has": (
        "space: {train.optimizer.name: [sgd, adamw], train.optimizer.nesterov: [true]}\n"
        "sampler: grid",
        "sweep.yaml:2:71: train.optimizer.nesterov: unknown key 'nesterov'; the keys here are lr, "
        "beta1, beta2, eps, name and weight_decay.\n"
        "  For adamw, give the key a condition, like if: train.optimizer.name != adamw.\n"
        "  In trial 1: train.optimizer.name=adamw, train.optimizer.nesterov=true\n"
        "net.yaml:6:41: train.optimizer.momentum: unknown key 'momentum'; the keys here are lr, "
        "beta1, beta2, eps, name and weight_decay.\n"
        "  For adamw, choose whole sections, like train.optimizer: [{name: adamw}, ...].\n"
        "  In trial 1: train.optimizer.name=adamw, train.optimizer.nesterov=true\n"
        "sweep.yaml:2:8: space: 1 of 2 trials cannot be trained",
    ),
    "shapes": (
        "space: {variables.N: [1, 2], defaults.pool.F: [2, 3]}\nsampler: grid",
        "net.yaml:3:47: architecture: pool1: F=3, S=2, P=0 do not fit width 8 and height 8:\n"
        "  (8 - 3 + 2*0)/2 + 1 = 3.5 is not a whole number.\n"
        "  In trial 1: variables.N=1, defaults.pool.F=3; and in 1 other\n"
        "sweep.yaml:2:8: space: 2 of 4 trials cannot be trained",
    ),
    "a limit": (
        "space: {variables.N: [1, 300]}\nsampler: grid",
        "net.yaml:5:22: limits.parameters: 175,986 is more than the limit of 100,000, 1.76 times "
        "as much.\n  In trial 1: variables.N=300\n"
        "sweep.yaml:2:8: space: 1 of 2 trials cannot be trained",
    ),
    "a variable that is nowhere": (
        "space: {variables.M: {integers: [1, 3]}}\nsampler: grid",
        "sweep.yaml:2:22: variables.M: the variable M is used nowhere in the architecture\n"
        "  In all 3 trials.",
    ),
    "what is set": (
        "set: {train.epochs: 0}\nspace: {train.batch_size: [1, 2]}\nsampler: grid",
        "sweep.yaml:2:21: train.epochs: epochs must be at least 1, not 0\n  In all 2 trials.",
    ),
    "nothing held out": (
        "set: {data.validation: 0}\nspace: {train.batch_size: [1, 2]}\nsampler: grid",
        "sweep.yaml:1:1: objective: no images are held out to compare trials by.\n"
        "  Hold out some for all trials, like set: {data.validation: 0.1}.\n"
        "  In all 2 trials.",
    ),
    "more held out than there are": (
        "space: {data.validation: [100, 100000]}\nsampler: grid",
        "sweep.yaml:2:26: data.validation: 100000 holds out 100,000 of 1,438 training images; "
        "hold out from 1 to 1,437\n  In trial 1: data.validation=100000\n"
        "sweep.yaml:2:8: space: 1 of 2 trials cannot be trained",
    ),
    "Optuna's, by a key alone": (
        "space: {train.optimizer.momentum: {range: [0.5, 1]}, variables.N: [1, 300]}\n"
        f"sampler: tpe{BUDGET}",
        "sweep.yaml:2:35: train.optimizer.momentum: momentum must be at least 0 and less than 1, "
        "not 1.0\n  In a trial: train.optimizer.momentum=1.0, variables.N=300\n"
        "sweep.yaml:2:8: space: 52 of 102 tried combinations cannot be trained",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_with_trials(tmp_path, name):
    text, expected = CASES[name]
    said = problems(text, tmp_path)
    assert said == expected


FOLLOWED = {
    "a condition, and whole sections": "space: {train.optimizer: [sgd, {name: adamw}], "
    "train.optimizer.nesterov: {choices: [false], if: train.optimizer.name != adamw}}\n"
    "sampler: grid",
    "something held out": "set: {data.validation: 0.1}\nspace: {train.batch_size: [1, 2]}\n"
    "sampler: grid",
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_remedies_are_followed(tmp_path, name):
    (tmp_path / "net.yaml").write_text(NET.replace(", validation: 0.1", ", validation: 0.2"))
    check_trials(load(f"base: net.yaml\n{FOLLOWED[name]}", tmp_path))


def test_memory(tmp_path, monkeypatch):
    """Of the batch, which no more images are in than there are."""
    monkeypatch.setattr(cnncli.check.rules, "machine_memory", lambda: 5 * 2**20)
    said = problems("space: {train.batch_size: [64, 100000]}\nsampler: grid", tmp_path)
    assert said == (
        "sweep.yaml:2:27: train.batch_size: a training step on 1,294 images takes 0.0 GiB, and "
        "this machine has 0.0 GiB of memory.\n"
        "  Make train.batch_size, the images or the network smaller.\n"
        "  In trial 1: train.batch_size=100000\n"
        "sweep.yaml:2:8: space: 1 of 2 trials cannot be trained"
    )


def test_without_an_end_the_first_hundred(tmp_path):
    text = "space: {train.batch_size: {integers: [0, 50]}}\nbudget: {hours: 1}"
    said = problems(text, tmp_path).split("\n")
    assert said[0].endswith("batch_size must be at least 1, not 0")
    assert said[-1].endswith("of 100 trials cannot be trained")


def test_many_faults_are_counted(tmp_path):
    """Those of one key are one, the others are told up to five."""
    keys = ", ".join(f"defaults.{kind}.x{i}: [1]" for i in range(4) for kind in ("conv", "pool"))
    said = problems(f"space: {{{keys}, train.epochs: [0, -1]}}\nsampler: grid", tmp_path)
    lines = said.split("\n")
    assert sum("In all 2 trials." in line for line in lines) == 5
    assert lines[-1].endswith(": 2 of 2 trials cannot be trained; 4 more faults")


def test_one_trial(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    text = "base: net.yaml\nspace: {train.batch_size: [2, 0]}\nsampler: grid"
    spec = load(text, tmp_path)
    check_trial(spec, trial_of(spec, 0))
    with pytest.raises(CnncliError) as caught:
        check_trial(spec, trial_of(spec, 1))
    assert str(caught.value) == (
        f"{tmp_path}/sweep.yaml:2:27: train.batch_size: batch_size must be at least 1, not 0\n"
        "  In trial 1: train.batch_size=0"
    )


def test_a_thousand_trials_take_some_seconds(tmp_path):
    (tmp_path / "net.yaml").write_text(NET)
    text = """
base: net.yaml
space: {train.optimizer.lr: {log: [1e-3, 1]}, train.batch_size: [64, 128], variables.N: [1, 2]}
budget: {trials: 1000}
"""
    spec = load(text, tmp_path)
    began = time.process_time()
    check_trials(spec)
    assert time.process_time() - began < 20
