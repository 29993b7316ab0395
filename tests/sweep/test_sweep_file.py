"""Sweep files: what they say, and what is wrong with them, with place and remedy."""

import time
from pathlib import Path

import pytest

from cnncli.errors import UsageError
from cnncli.problems import ConfigError
from cnncli.sweep.domains import Choices, Integers, Interval
from cnncli.sweep.sampling.grid import Grid
from cnncli.sweep.sampling.quasi_random import QuasiRandom
from cnncli.sweep.sweep_file import load_sweep
from cnncli.sweep.sweep_spec import Budget, trial_of, trials
from cnncli.sweep.trial import Trial
from tests.sweep.sweep_files import load

WHOLE = """
base: digits
set: {data.validation: 0.1, data.root: images}
space:
  train.optimizer.lr: {log: [1e-3, 1]}
  train.optimizer.momentum: {range: [0.8, 0.95], step: 0.05}
  train.batch_size: [64, 128, 256]
  variables.N: {integers: [1, 64], log: true}
  data.augment: [[], [flip], [flip, {crop: 2}]]
  train.optimizer.name: [sgd, adamw]
  train.optimizer.weight_decay: {log: [1e-5, 1e-2], if: train.optimizer.name = adamw}
sampler: {quasi: {seed: 3}}
budget: {trials: 30, hours: 8}
objective: validation_loss
pruner: {halving: {factor: 4, epochs: 2}}
threads: 2
"""


def test_a_whole_file(tmp_path):
    spec = load(WHOLE, tmp_path)
    assert spec.name == "sweep"
    assert str(spec.base) == "digits"
    assert spec.set == ("data.validation=0.1", f"data.root={tmp_path}/images")
    assert list(spec.space)[:2] == ["train.optimizer.lr", "train.optimizer.momentum"]
    assert spec.space["train.optimizer.lr"] == Interval((), 0.001, 1.0, log=True)
    assert spec.space["train.optimizer.momentum"] == Interval((), 0.8, 0.95, step=0.05)
    assert spec.space["variables.N"] == Integers((), 1, 64, log=True)
    assert spec.space["data.augment"] == Choices((), ([], ["flip"], ["flip", {"crop": 2}]))
    assert spec.sampler == QuasiRandom(seed=3)
    assert spec.budget == Budget(trials=30, hours=8)
    assert (spec.objective.metric, spec.objective.more_is_better) == ("validation_loss", False)
    assert (spec.pruner.factor, spec.pruner.epochs) == (4, 2)
    assert spec.common[2:] == ("train.best=validation_loss", "train.threads=2")
    assert trials(spec) == 30


def test_a_grid_needs_no_budget(tmp_path):
    text = "base: digits\nsampler: grid\nspace: {a: [1, 2], b: {range: [0, 1], points: 3}}"
    spec = load(text, tmp_path)
    assert spec.sampler == Grid()
    assert trials(spec) == 6
    assert [str(trial_of(spec, number)) for number in range(6)] == [
        f"a={a}, b={b}" for a in (1, 2) for b in (0.0, 0.5, 1.0)
    ]
    assert trials(load(f"{text}\nbudget: {{trials: 4}}", tmp_path)) == 4


def test_without_an_end(tmp_path):
    spec = load("base: digits\nspace: {a: [1, 2]}\nbudget: {hours: 0.5}", tmp_path)
    assert trials(spec) is None


def test_the_base_is_beside_the_file(tmp_path):
    (tmp_path / "digits.yaml").write_text("")
    for written in ("digits", "digits.yaml", "./digits.yaml"):
        spec = load(f"base: {written}\nspace: {{a: [1]}}\nbudget: {{trials: 1}}", tmp_path)
        assert spec.base == tmp_path / "digits.yaml"


def test_paths_are_relative_to_the_file(tmp_path):
    text = """
base: digits
set: {data: {name: folder, root: ../a}}
space: {Data.Root: [c, /d], name: [f]}
budget: {trials: 1}
"""
    spec = load(text, tmp_path)
    assert spec.set == (f"data={{name: folder, root: {tmp_path.parent}/a}}",)
    values = {"Data.Root": "c", "train.start": {"run": "e"}, "name": "f"}
    assert spec.own(Trial(0, values)) == (
        f"train.start={{run: {tmp_path}/e}}".replace("train.start", "name=f\ntrain.start")
        if False
        else "name=f",
        f"Data.Root={tmp_path}/c",
        f"train.start={{run: {tmp_path}/e}}",
    )


START = "base: digits\nbudget: {trials: 3}\nspace:\n"
FORMS = "{log: [1e-3, 1]}, {range: [0, 1]}, {integers: [1, 6]} or a list of choices"
SPACE = "domains by their keys, like {train.optimizer.lr: {log: [1e-3, 1]}}"
IF = "must be like train.optimizer.name = adamw, with =, !=, <, <=, >, >= or `in [a, b]`, not"
DOMAINS = {
    "3": f"4:6: space.a: must be {FORMS}, not 3; what is the same in all trials stands in set: "
    "{a: 3}",
    "null": f"4:6: space.a: must be {FORMS}, not empty",
    "{}": f"4:6: space.a: must be {FORMS}; keys inside sections are written with dots",
    "{optimizer: {lr: [1]}}": f"4:6: space.a: must be {FORMS}; keys inside sections are written "
    "with dots",
    "{log: [0, 1]}": "4:12: space.a.log: a logarithm needs numbers above 0, not 0",
    "{log: [1, 1e-3]}": "4:12: space.a.log: log must begin with the smaller number, not [1, 0.001]",
    "{log: 3}": "4:12: space.a.log: log must be two numbers like [1, 6], not 3",
    "{log: [true, 3]}": "4:12: space.a.log: log must be two numbers like [1, 6], not [True, 3]",
    "{log: [1, 2], range: [1, 2]}": "4:20: space.a.range: unknown key 'range'; the keys here are "
    "if, log and points",
    "{log: [1, 2], step: 1}": "4:6: space.a: step and log exclude each other; leave one out",
    "{integers: [1, 9], step: 1, log: true}": "4:25: space.a.step: step and log exclude each "
    "other; leave one out",
    "{rang: [1, 2]}": "4:7: space.a.rang: unknown key 'rang'; did you mean range?",
    "{range: [0, .inf]}": "4:14: space.a.range: range must be finite numbers of at most 1e+100, "
    "not [0, inf]",
    "{range: [.nan, 1]}": "4:14: space.a.range: range must begin with the smaller number, not "
    "[nan, 1]",
    "{integers: [1, 2.5]}": "4:17: space.a.integers: integers must be two whole numbers like "
    "[1, 6], not [1, 2.5]",
    "{range: [0, 1], step: 0}": "4:28: space.a.step: step must be a number above 0 and at most 1, "
    "not 0",
    "{range: [0, 1], step: 1e-300}": "4:28: space.a.step: step is too small for range; leave it "
    "out",
    "{integers: [1, 8], log: maybe}": "4:30: space.a.log: log must be true or false, not 'maybe'",
    "{range: [0, 1], points: 1}": "4:30: space.a.points: points must be a whole number of 2 to "
    "1,000, not 1",
    "[]": "4:6: space.a: must be a list of choices, not []",
    "[[1, .nan]]": "4:6: space.a: the choices must be finite numbers, or no numbers",
    "{choices: [1], if: b}": f"4:25: space.a.if: {IF} 'b'",
    "{choices: [1], if: b < x}": f"4:25: space.a.if: {IF} 'b < x'",
    "{choices: [1], if: b in 3}": f"4:25: space.a.if: {IF} 'b in 3'",
    "{choices: [1], if: [b = 1, 7]}": f"4:25: space.a.if: {IF} 7",
    "{choices: [1], if: bb = 1}": "4:25: space.a.if: bb is no other key of the space; did you "
    "mean b?",
    "{choices: [1], if: a = 1}": "4:25: space.a.if: a is no other key of the space; did you mean "
    "b?",
    "{choices: [1], if: b = 3}": "4:25: space.a.if: b is never 3",
    "{choices: [1], if: c = 1}": "4:25: space.a.if: conditions in a circle: a -> c -> a",
    "{choices: [1], if: alone = 1}": "4:25: space.a.if: alone is no other key of the space; vary "
    "it too, or leave out if",
    # as other tools have it
    "{distribution: log_uniform_values, min: 1e-3, max: 1}": "4:6: space.a: write "
    "{log: [0.001, 1]}",
    "{min: 1, max: 3}": "4:6: space.a: write {integers: [1, 3]}",
    "{min: 1.0, max: 3}": "4:6: space.a: write {range: [1.0, 3]}",
    "{low: 1e-3, high: 3, log: true}": "4:6: space.a: write {log: [0.001, 3]}",
    "{low: 1, high: 3, log: true}": "4:6: space.a: write {integers: [1, 3], log: true}",
    "{values: [1, 2]}": "4:6: space.a: write the list alone: a: [1, 2]",
    "{choice: [1, 2]}": "4:6: space.a: write the list alone: a: [1, 2]",
    "{value: 1}": "4:6: space.a: what is the same in all trials stands in set: {a: 1}",
    "{uniform: [0, 1]}": "4:6: space.a: write {range: [0, 1]}",
    "{loguniform: [0.1, 1]}": "4:6: space.a: write {log: [0.1, 1]}",
}


def problems(text, folder):
    """What is said of the file, without its folder."""
    with pytest.raises(ConfigError) as caught:
        load(text.replace("base: x\n", "base: digits\n"), folder)
    return str(caught.value).replace(f"{folder}/sweep.yaml:", "").replace(str(folder), "FOLDER")


@pytest.mark.parametrize("written", DOMAINS)
def test_a_domain_that_is_none(tmp_path, written):
    others = "  b: [1, 2]\n  c: {choices: [1], if: a = 1}\n"
    others = others if "c = 1" in written else others.split("\n")[0]
    others = "" if "alone" in written else others
    assert problems(f"{START}  a: {written}\n{others}", tmp_path) == DOMAINS[written]


REMEDIES = [written for written, said in DOMAINS.items() if ": write " in said]


@pytest.mark.parametrize("written", REMEDIES)
def test_what_is_to_be_written_can_be_read(tmp_path, written):
    remedy = DOMAINS[written].split(": write ")[1].removeprefix("the list alone: a: ")
    assert list(load(f"{START}  a: {remedy}", tmp_path).space) == ["a"]


FILES = {
    "": "1:1: a sweep file must be a mapping, like 'base: net.yaml', with 'space:' below, not "
    "empty",
    "[1]": "1:1: a sweep file must be a mapping, like 'base: net.yaml', with 'space:' below, not "
    "[1]",
    "base: nowhere.yaml\nspace: {a: [1]}\nbudget: {trials: 1}": "1:7: base: FOLDER/nowhere.yaml: "
    "there is no such file",
    "base: digitss\nspace: {a: [1]}\nbudget: {trials: 1}": "1:7: base: FOLDER/digitss: there is no "
    "such file; did you mean digits, which comes with cnn?",
    "base: x": f"1:1: space is missing; it must be {SPACE}",
    "base: x\nspace: 3": f"2:8: space: space must be {SPACE}, not 3",
    "base: x\nspace: {}\nbudget: {trials: 3}": "2:8: space: 0 keys; 1 to 100 can vary",
    "base: x\nspace: {a: [1]}": "1:1: budget: the sweep has no end; add budget: {trials: 30}",
    "base: x\nspace: {a..b: [1]}\nbudget: {trials: 3}": "2:9: space.a..b: a key is written like "
    "train.optimizer.lr",
    'base: x\nspace: {"a\\n::error": {value: 1}}\nbudget: {trials: 3}': "2:9: "
    "space.'a\\n::error': a key is written like train.optimizer.lr",
    "base: x\nset: {a.: 1}\nspace: {a: [1]}\nbudget: {trials: 3}": "2:7: set.a.: a key is written "
    "like train.optimizer.lr",
    "base: x\nset: {a: 1}\nspace: {a: [1]}\nbudget: {trials: 3}": "2:7: set.a: varies in space; "
    "leave it out here",
    "base: x\nset: [a=1]\nspace: {a: [1]}\nbudget: {trials: 3}": "2:6: set: set must be values by "
    "their keys, like {train.epochs: 10}, not ['a=1']",
    "base: x\nname: ../y\nspace: {a: [1]}\nbudget: {trials: 3}": "2:7: name: name must be text of "
    "letters, digits, spaces and -_.+, not '../y'",
    "base: x\nspace: {a: {log: [1, 2]}}\nsampler: grid": "2:12: space.a: a grid needs points: n "
    "here, or sampler: random",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1000000}": "3:18: budget.trials: trials must be "
    "at least 1 and at most 10000, not 1000000",
    "base: x\nspace: {a: [1]}\nbudget: {hours: .nan}": "3:17: budget.hours: hours must be a "
    "finite number, not nan",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1}\nsampler: bayes": "4:10: sampler: unknown "
    "sampler 'bayes'; write tpe",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1}\nsampler: rand": "4:10: sampler: sampler is "
    "'rand': unknown sampler 'rand'; there are grid, tpe, cmaes, quasi and random",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1}\nobjective: test_accuracy": "4:12: objective: "
    "unknown objective 'test_accuracy'; trials do not read the test set: write "
    "validation_accuracy or validation_loss",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1}\nobjective: {metric: x}": "4:12: objective: "
    "unknown objective 'metric'; write the name alone: validation_accuracy or validation_loss",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1}\npruner: hyperband": "4:9: pruner: unknown "
    "pruner 'hyperband'; write {halving: {factor: 3, epochs: 2}}",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1}\npruner: {halving: {factor: 1}}": "4:9: "
    "pruner: pruner is {'halving': {'factor': 1}}: factor must be at least 2, not 1",
    "base: x\nspace: {a: [1]}\nbudget: {trials: 1}\npruner: halving\nsampler: tpe": "4:9: pruner: "
    "goes with grid, random and quasi; tpe learns of whole trials",
    "method: grid\nbase: x\nspace: {a: [1]}": "1:1: method: unknown key 'method'; write sampler: "
    "grid, random, quasi, tpe or cmaes",
    "parameters: {a: {values: [1]}}\nbase: x": "1:1: parameters: unknown key 'parameters'; write "
    f"space:, with dotted keys like train.optimizer.lr\n1:1: space is missing; it must be {SPACE}",
    "base: x\nspace: {a: [1], train.best: [validation_loss]}\nbudget: {trials: 1}": "2:17: "
    "space.train.best: is what objective of the sweep says; leave it out",
    "base: x\nset: {train.best: validation_loss}\nspace: {a: [1]}\nbudget: {trials: 1}": "2:7: "
    "set.train.best: is what objective of the sweep says; leave it out",
    "base: x\nspace: {train.threads: [1, 2]}\nbudget: {trials: 1}\nthreads: 1": "2:9: "
    "space.train.threads: is what threads of the sweep says; leave it out",
    "base: x\nspace: {a: [1]}\nsampler: {grid: {seed: 1}}": "3:10: sampler: sampler is "
    "{'grid': {'seed': 1}}: grid has no settings",
    "base: x\nspace: {a: [1]}\nbudgett: {trials: 1}": "3:1: budgett: unknown key 'budgett'; did "
    "you mean budget?",
}


@pytest.mark.parametrize("text", FILES)
def test_a_file_that_is_none(tmp_path, text):
    assert problems(text, tmp_path) == FILES[text]


def test_no_file():
    with pytest.raises(UsageError, match=r"^nowhere\.yaml: there is no such file$"):
        load_sweep(Path("nowhere.yaml"))


HOSTILE = {
    "a grid of 10^30 points": "sampler: grid\nspace: {"
    + ", ".join(f"k{i}: {{range: [0, 1], points: 1000}}" for i in range(10))
    + "}",
    "a long axis": "sampler: grid\nspace: {a: {integers: [1, 1000000000000000]}}",
    "many axes": "sampler: grid\nspace: {" + ", ".join(f"k{i}: [1, 2]" for i in range(100)) + "}",
    "a hundred conditions": "sampler: grid\nspace: {k0: [1, 2], "
    + ", ".join(f"k{i}: {{choices: [1, 2], if: k{i - 1} = 1}}" for i in range(1, 100))
    + ", z: {range: [0, 1], points: 1000}}",
    "a circle of a hundred": "space: {"
    + ", ".join(f"k{i}: {{choices: [1], if: k{(i + 1) % 100} = 1}}" for i in range(100))
    + "}\nbudget: {trials: 2}",
    "too many keys": "space: {" + ", ".join(f"k{i}: [1]" for i in range(5000)) + "}",
    "a deep key": "budget: {trials: 1}\nspace: {" + "a." * 60 + "a: [1]}",
    "laughs": "budget: {trials: 1}\nspace:\n  a0: &a0 [1]\n"
    + "".join(f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file(tmp_path, name):
    """Refused in a line or some, soon, and with little memory."""
    began = time.process_time()
    said = problems(f"base: digits\n{HOSTILE[name]}", tmp_path)
    assert len(said) < 1_000
    assert time.process_time() - began < 2
