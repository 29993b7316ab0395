"""Optuna's study: asked for values of our domains, told results, by any number of processes."""

import subprocess
import sys
from threading import Thread

import pytest

from cnncli.errors import UsageError, WriteError
from cnncli.sweep.study import Study
from tests.sweep.sweep_files import load, write

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


def opened(tmp_path, sampler="tpe", **changes):
    text = SPACE.replace("SAMPLER", sampler)
    for old, new in changes.items():
        text = text.replace(old, new)
    return Study(load(text, tmp_path), tmp_path)


def test_one_worker_draws_the_same_again(tmp_path):
    found = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        study = opened(tmp_path / name)
        while trial := study.ask():
            study.tell(trial.number, trial.values["train.optimizer.lr"])
            found.append(trial)
    assert found[:12] == found[12:]
    assert len({trial.values["train.optimizer.lr"] for trial in found}) == 12


def test_a_dead_worker_leaves_its_trial_to_others(tmp_path):
    """Even one that died between being asked for and its values."""
    first = opened(tmp_path)
    left = first.ask()
    first._study.ask()
    other = opened(tmp_path)
    assert other.going() == [0, 1]
    assert other.trial(0) == left
    assert other.trial(1) == other.trial(1) == opened(tmp_path).trial(1)
    other.tell(0, 0.5)
    other.tell(0, 0.7)
    other.tell(1, None)
    assert first.going() == []
    assert [t.state.name for t in first._study.trials] == ["COMPLETE", "FAIL"]
    assert first._study.best_value == 0.5
    assert first.ask().number == 2


def run_in_between(monkeypatch, place, name, work):
    """Lets the work begin in another thread whenever the method does, which goes on after it.

    It goes on soon too where the work waits, as for a lock.
    """
    method, threads = getattr(place, name), []

    def with_work(*args, **kwargs):
        if not threads:
            threads.append(Thread(target=work))
            threads[0].start()
            threads[0].join(0.5)
        return method(*args, **kwargs)

    monkeypatch.setattr(place, name, with_work)
    return threads


def test_two_workers_tell_a_trial_at_once(tmp_path, monkeypatch):
    """Its own, and one that finds its result before it is told."""
    first, other = opened(tmp_path), opened(tmp_path)
    first.ask()
    storage = first._study._storage
    threads = run_in_between(
        monkeypatch, storage, "set_trial_state_values", lambda: other.tell(0, 0.7)
    )
    first.tell(0, 0.5)
    threads[0].join()
    assert [t.value for t in opened(tmp_path)._study.trials] == [0.5]


def test_a_trial_is_taken_while_its_values_are_drawn(tmp_path, monkeypatch):
    """By a worker that sees it before who asked for it has begun, and has heard more than they."""
    first, other = opened(tmp_path), opened(tmp_path)
    for _ in range(11):
        first.ask()
    taken = []

    def take():
        for number in range(10):
            other._study.tell(number, 0.1 * number)
        taken.append(other.trial(11))

    threads = run_in_between(monkeypatch, first._study._storage, "set_trial_param", take)
    asked = first.ask()
    threads[0].join()
    assert taken == [asked]


@pytest.mark.parametrize("torn", [b"{", b'{"op_code":4,"worker_id":', b"\n\n{"])
def test_a_line_that_was_not_finished(tmp_path, torn):
    """Its writer was killed; what was written before it holds, and what is written after it."""
    study = opened(tmp_path)
    study.tell(study.ask().number, 0.1)
    journal = tmp_path / "optuna.journal"
    whole = journal.read_bytes()
    journal.write_bytes(whole + torn.lstrip(b"\n"))
    assert study.ask().number == 1
    assert journal.read_bytes().startswith(whole)
    assert opened(tmp_path).going() == [1]


@pytest.mark.parametrize(
    "changes",
    [{"1e-3, 1]": "1e-3, 2]"}, {"space:": "objective: validation_loss\nspace:"}, {"tpe": "cmaes"}],
    ids=str,
)
def test_a_study_of_another_sweep(tmp_path, changes):
    opened(tmp_path)
    with pytest.raises(UsageError) as caught:
        opened(tmp_path, **changes)
    assert str(caught.value) == (
        f"{tmp_path}/optuna.journal: belongs to a sweep of another space, sampler or objective; "
        "choose another --out"
    )
    opened(tmp_path, **{"trials: 12": "trials: 99"})


@pytest.mark.parametrize("name", ["optuna.journal", ".optuna.journal"])
def test_nothing_is_written_through_a_link(tmp_path, name):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / name).symlink_to(victim)
    with pytest.raises(WriteError, match="is a link to"):
        opened(tmp_path)
    assert victim.read_text() == "mine"


def test_nothing_is_said(tmp_path, capfd):
    study = opened(tmp_path, "cmaes")
    while trial := study.ask():
        study.tell(trial.number, 0.5)
    assert capfd.readouterr() == ("", "")


WORKER = """
import sys, time
from pathlib import Path
from cnncli.sweep.study import Study
from cnncli.sweep.sweep_file import load_sweep
folder = Path(sys.argv[1])
study = Study(load_sweep(folder / "sweep.yaml"), folder)
while trial := study.ask():
    print(trial.number, flush=True)
    study.tell(trial.number, trial.values["train.optimizer.lr"])
"""


def test_workers_beside_each_other_one_of_them_killed(tmp_path):
    """No number is given twice, and the journal can be read whatever one was doing."""
    write(SPACE.replace("SAMPLER", "tpe").replace("12", "60"), tmp_path)
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for _ in range(3):
        workers[0].stdout.readline()
    workers[0].kill()
    rest = [int(line) for worker in workers[1:] for line in worker.communicate()[0].split()]
    workers[0].communicate()
    assert [worker.returncode for worker in workers] == [-9, 0, 0]
    assert len(set(rest)) == len(rest)
    study = opened(tmp_path, **{"12": "60"})
    assert study.ask() is None
    assert len(study._study.trials) == 60
    assert set(study.going()) <= set(range(60)) - set(rest)
