"""The command that `cnn train` ends with does what it says, as it is typed into a shell."""

import os
import signal
import subprocess
import sys

import pytest

from cnncli.training.trainer import Trainer
from tests.cli.commands import call, succeed, write_config


def type_in(line, folder):
    """What a shell makes of the command after a label like `to go on: `."""
    label, _, command = line.partition(": ")
    assert command.startswith("cnn ")
    script = f'cnn() {{ "{sys.executable}" -m cnncli "$@"; }}; {command}'
    process = subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, timeout=60
    )
    assert process.returncode == 0, process.stderr
    return label, process


@pytest.fixture
def odd_config(tmp_path, monkeypatch):
    """A configuration whose name a shell would take apart, in the current folder."""
    monkeypatch.chdir(tmp_path)
    config = write_config(tmp_path)
    os.rename(config, tmp_path / "-it's $one.yaml")
    return "./-it's $one.yaml"


@pytest.fixture
def interrupt(monkeypatch):
    """interrupt(step) -> SIGINT comes after that step."""
    true = Trainer.step

    def install(at):
        def step(trainer):
            true(trainer)
            if trainer._session.progress.step == at:
                os.kill(os.getpid(), signal.SIGINT)

        monkeypatch.setattr(Trainer, "step", step)

    return install


def test_after_training(odd_config, tmp_path):
    result = succeed("train", odd_config)
    *_, saved, last = result.stderr.splitlines()
    assert saved == "saved in runs/it-s -one-1"
    assert last == "to judge it: cnn eval 'runs/it-s -one-1'"
    _, judged = type_in(last, tmp_path)
    assert judged.stdout.startswith("digits, test split, 359 images: ")


def test_after_an_interruption(odd_config, tmp_path, interrupt):
    """With the options that it needs again; it then goes on to the end."""
    interrupt(4)
    changes = ("--set", "train.optimizer={name: sgd, lr: 0.1}", "--set", "train.log_every=1")
    result = call("train", odd_config, "--out", "-a run", "--threads", 1, *changes)
    assert result.exit_code == 130
    *_, saved, last = result.stderr.splitlines()
    assert saved == "interrupted after step 4, saved in -a run/last.safetensors"
    label, process = type_in(last, tmp_path)
    assert label == "to go on"
    assert process.stderr.startswith("resuming -a run after step 4\n")
    label, _ = type_in(process.stderr.splitlines()[-1], tmp_path)
    assert label == "to judge it"


def test_after_the_last_step_that_was_asked_for(odd_config, tmp_path):
    result = succeed("train", odd_config, "--max-steps", 1, "--seed", 3)
    label, process = type_in(result.stderr.splitlines()[-1], tmp_path)
    assert label == "to go on"
    assert "resuming runs/it-s -one-1 after step 1\n" in process.stderr
    assert "epoch 2/2" in process.stderr


def test_after_an_early_stop(config, tmp_path):
    rule = "train.early_stopping={metric: train_loss, patience: 1, min_delta: 100}"
    result = succeed("train", config, "--out", tmp_path / "run", "--epochs", 9, "--set", rule)
    assert "epoch 9/9" not in result.stderr
    label, _ = type_in(result.stderr.splitlines()[-1], tmp_path)
    assert label == "to judge it"


def test_nothing_after_a_run_that_is_removed(config):
    assert "to judge it" not in succeed("train", config, "--smoke").stderr


def test_nothing_where_quiet(config, tmp_path, interrupt):
    interrupt(1)
    result = call("train", config, "--out", tmp_path / "run", "--quiet")
    assert (result.exit_code, result.stdout) == (130, "")
    where = tmp_path / "run" / "last.safetensors"
    assert result.stderr == f"interrupted after step 1, saved in {where}\n"


def test_nothing_that_cannot_be_shown_as_it_is(config, tmp_path):
    """A terminal would get `?` in place of the character, which is another file."""
    result = succeed("train", config, "--out", tmp_path / "a\nrun")
    assert result.stderr.splitlines()[-1] == f"saved in {tmp_path}/a?run"
