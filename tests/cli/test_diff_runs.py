"""`cnn diff` of two runs, of a run and a file, and of what is neither."""

import json
import os
import shutil
from itertools import pairwise

import pytest

from cnncli.report.layout import words
from tests.cli.commands import call, refusal, succeed
from tests.cli.test_terminal import too_long
from tests.runs.made import CONFIG, epoch, finished, made_run
from tests.runs.test_collection import FORMER, NAMES


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current one, with two runs, and a configuration."""
    finished(tmp_path / "runs" / "net-1")
    finished(tmp_path / "runs" / "net-2", config=CONFIG.replace("lr: 0.05", "lr: 0.2"))
    (tmp_path / "net.yaml").write_text("architecture: INPUT(8x8x1) -> CONV-4 -> RELU -> FC-10\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_two_runs(folder):
    result = succeed("diff", "runs/net-1", "runs/net-2")
    assert result.stderr == ""
    assert result.stdout.startswith(
        "--- runs/net-1: finished, 4 of 4 epochs in 6.0 s\n"
        "+++ runs/net-2: finished, 4 of 4 epochs in 6.0 s\n\n"
        "configuration:\n~ train.optimizer.lr  0.05 -> 0.2\n\n"
        "the networks are the same: 2 layers with the same shapes and parameters\n\n"
        "environment: the same\n\n"
        "metrics: equal to the bit in 4 epochs, all that both have\n\n"
    )
    found = json.loads(succeed("diff", "runs/net-1", "runs/net-2", "--json").stdout)
    assert found["configuration"] == {"train.optimizer.lr": {"before": 0.05, "after": 0.2}}


@pytest.mark.parametrize("record", ["set.json", "sweep.json"])
def test_a_folder_of_several_runs_is_none_of_them(folder, record):
    (folder / "runs" / record).write_text("{}")
    said = "runs: holds several runs; name one of its directories\n"
    assert refusal("diff", "runs", "runs/net-1", status=4) == said
    assert refusal("diff", "net.yaml", "runs", status=4) == said


def test_true_runs(trained, tmp_path):
    """The same command twice gives the same bits, another seed others; so does a checkpoint."""
    call("train", trained.config, "--out", tmp_path / "again")
    call("train", trained.config, "--out", tmp_path / "other", "--seed", 7)
    again = json.loads(succeed("diff", trained.out, tmp_path / "again", "--json").stdout)
    assert (again["same"], again["equal_epochs"], again["parting"]) == (True, 2, None)
    assert list(again["environment"]) in ([], ["command"])
    other = json.loads(succeed("diff", trained.out, tmp_path / "other", "--json").stdout)
    assert other["configuration"] == {"train.seed": {"before": 0, "after": 7}}
    assert (other["same"], other["parting"]["epoch"]) == (False, 1)
    best = tmp_path / "again" / "best.safetensors"
    assert json.loads(succeed("diff", trained.out, best, "--json").stdout)["same"] is True


def test_a_run_beside_a_file(folder):
    """Their networks, as of two files."""
    result = succeed("diff", "net.yaml", "runs/net-1")
    assert result.stdout.startswith(
        "--- net.yaml: net, 8x8x1 -> 10 scores\n+++ runs/net-1: net, 8x8x1 -> 10 scores\n\n"
        "  input1: the same\n- conv1  CONV "
    )
    found = json.loads(succeed("diff", "runs/net-1", "net.yaml", "--json").stdout)
    assert found["total"]["layers"] == {"before": 2, "after": 4, "difference": 2}
    assert found["before"]["file"] == "runs/net-1"


def test_a_run_beside_a_revision_or_nothing(folder):
    assert refusal("diff", "runs/net-1", "nothing.yaml", status=2) == (
        "nothing.yaml: there is no such file\n"
    )
    assert refusal("diff", "runs/net-1", "runs", status=2) == (
        "runs: this is a directory, not a configuration file\n"
    )
    made_run(folder / "odd", config="train: {epochs: 1}\n")
    stderr = refusal("diff", "odd", "net.yaml", status=2)
    assert stderr.startswith("odd:1:1: ")


def test_damaged_runs(folder):
    """What is left is compared, and what is not is told."""
    (folder / "runs" / "net-1" / "run.json").write_text("{")
    result = succeed("diff", "runs/net-1", "runs/net-2")
    said = "runs/net-1/run.json: is damaged: it is no JSON object"
    assert result.stderr == f"warning: {said}\n"
    assert result.stdout.startswith("--- runs/net-1: damaged, 4 of 4 epochs in 6.0 s\n")
    (folder / "runs" / "net-1" / "config.yaml").write_text("hello")
    assert refusal("diff", "runs/net-1", "runs/net-2", status=4) == f"{said}\n"
    os.mkfifo(folder / "pipe.safetensors")
    assert refusal("diff", "pipe.safetensors", "runs/net-2", status=4) == (
        "pipe.safetensors: there is no such checkpoint\n"
    )


@pytest.mark.parametrize("columns", [None, 60, 80, 120, 200])
def test_names_and_terminals(columns, tmp_path, monkeypatch):
    for name in NAMES:
        made_run(tmp_path / name, epoch(1, **{name: 3}), about={name: name, "command": [name]})
    monkeypatch.setattr(words, "columns", lambda stream: columns)
    for name, other in pairwise(NAMES):
        for more in ((), ("--json",)):
            result = succeed("diff", tmp_path / name, tmp_path / other, *more)
            for line in (result.stdout + result.stderr).split("\n"):
                assert line.isprintable()
                assert not line.lstrip().startswith("::")
    if columns and columns >= 80:
        shutil.copytree(FORMER / "small", tmp_path / "s")
        shutil.copytree(FORMER / "kinds", tmp_path / "k")
        monkeypatch.chdir(tmp_path)
        text = succeed("diff", "s/interrupted", "k/interrupted").stdout
        assert too_long(text, columns) == []
