"""`cnn runs`: which are shown, how, and what is told of the remainder."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from cnncli.report.layout import words
from cnncli.runs.run_record import FIGURES
from tests.cli.commands import call, refusal, succeed, write_config
from tests.cli.test_terminal import too_long
from tests.runs.made import CONFIG, epoch, finished, made_run
from tests.runs.test_collection import FORMER, NAMES


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current one, with three runs in runs/."""
    finished(tmp_path / "runs" / "net-1")
    finished(tmp_path / "runs" / "net-2", 0.875, config=CONFIG.replace("lr: 0.05", "lr: 0.2"))
    made_run(tmp_path / "runs" / "sweep" / "trial-00000", epoch(1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(*arguments):
    """The names of the runs in the table."""
    lines = succeed("runs", *arguments).stdout.splitlines()
    rule = next(n for n, line in enumerate(lines) if line.startswith("--"))
    return [line.split()[0] for line in lines[rule + 1 :]]


def test_the_table(folder):
    result = succeed("runs")
    assert result.stderr == ""
    assert result.stdout == (
        "                                       best        last\n"
        "name                 lr  epochs  validation  validation    test   time  state\n"
        "-----------------  ----  ------  ----------  ----------  ------  -----  -----------\n"
        "net-1              0.05     4/4      0.6250      0.2500  0.7500  6.0 s  finished\n"
        "net-2               0.2     4/4      0.6250      0.2500  0.8750  6.0 s  finished\n"
        "sweep/trial-00000  0.05     1/4      0.5000      0.5000       -  1.5 s  interrupted\n"
    )
    assert succeed("runs", "--in", "runs").stdout == result.stdout
    assert shown("--in", "runs/sweep") == ["trial-00000"]


def test_some_of_them(folder):
    assert shown("--where", "lr > 0.1") == ["net-2"]
    assert shown("--where", "state = finished", "--where", "lr < 0.1") == ["net-1"]
    assert shown("--where", "name ~ net and test_accuracy >= 0.75") == ["net-1", "net-2"]
    assert shown("--sort", "-test_accuracy") == ["net-2", "net-1", "sweep/trial-00000"]
    assert shown("--sort", "test_accuracy") == ["net-1", "net-2", "sweep/trial-00000"]
    assert shown("--sort=-lr", "--columns", "name,lr")[0] == "net-2"
    result = succeed("runs", "--where", "lr > 1")
    assert (result.stdout, result.stderr) == ("", "runs: of 3 runs none is so\n")


def test_only_what_differs_among_those_that_are_shown(folder):
    assert " lr " in succeed("runs").stdout
    assert " lr " not in succeed("runs", "--where", "lr = 0.05").stdout


def test_columns(folder):
    result = succeed("runs", "--columns", "name, state,remark,train.seed,clip_norm")
    assert result.stdout.splitlines()[0].split() == ["name", "state", "remark", "seed", "clip_norm"]
    assert "all epochs are done" in result.stdout
    assert refusal("runs", "--columns", "name,lrr", status=2) == (
        "--columns: no run has 'lrr'; did you mean lr?\n"
    )
    assert refusal("runs", "--columns", "", status=2).startswith("--columns: no run has ''; there ")
    assert refusal("runs", "--sort", "-tests_accuracy", status=2) == (
        "--sort: no run has 'tests_accuracy'; did you mean test_accuracy?\n"
    )


def test_a_condition_that_is_none(folder):
    assert refusal("runs", "--where", "lr >> 1", status=2) == (
        "--where:5: expected a number or a text, found '>'\n  | lr >> 1\n  |     ^\n"
    )
    (folder / "empty").mkdir()
    stderr = refusal("runs", "--in", "empty", "--where", "lr", status=2)
    assert stderr.startswith("--where:3: expected <, <=,")


def test_json(folder):
    result = succeed("runs", "--json")
    found = json.loads(result.stdout)
    assert result.stdout == succeed("runs", "--format", "json").stdout
    assert [run["name"] for run in found] == ["net-1", "net-2", "sweep/trial-00000"]
    assert all(set(run) > set(FIGURES) for run in found)
    assert found[2]["test_accuracy"] is None
    assert found[1]["train.optimizer.lr"] == 0.2
    assert found[1]["path"] == "runs/net-2"
    chosen = succeed("runs", "--json", "--where", "lr=0.2", "--columns", "name,seconds").stdout
    assert json.loads(chosen) == [{"name": "net-2", "seconds": 6.0}]
    assert json.loads(succeed("runs", "--json", "--where", "lr = 7").stdout) == []


def test_csv(folder):
    lines = succeed("runs", "--format", "csv").stdout.splitlines()
    assert lines[0] == (
        "name,train.optimizer.lr,epochs,best_validation_accuracy,validation_accuracy,"
        "test_accuracy,seconds,state"
    )
    assert lines[3] == "sweep/trial-00000,0.05,1,0.5,0.5,,1.5,interrupted"
    assert len(list(csv.reader(lines))) == 4


def test_without_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal("runs", status=2) == (
        "runs: there is no such folder; `cnn train` makes runs/ with its first run, and --in "
        "names another folder\n"
    )
    (tmp_path / "runs").mkdir()
    for more in ((), ("--where", "lr > 1", "--sort", "lr", "--columns", "name,lr")):
        result = succeed("runs", *more)
        assert (result.stdout, result.stderr) == ("", "runs: no run is in it or below\n")
    assert json.loads(succeed("runs", "--json").stdout) == []


def test_damaged_ones_are_shown_and_told(folder):
    (folder / "runs" / "net-2" / "run.json").write_text("{")
    (folder / "runs" / "up").symlink_to(folder)
    result = succeed("runs")
    assert [line.split()[-1] for line in result.stdout.splitlines()[3:]] == [
        "finished", "damaged", "interrupted"
    ]  # fmt: skip
    assert result.stderr == (
        "warning: runs/up: is a link to a folder, which is not looked into; --in can name it\n"
        "warning: runs/net-2/run.json: is damaged: it is no JSON object\n"
    )
    found = json.loads(succeed("runs", "--json").stdout)
    assert found[1]["remark"] == "runs/net-2/run.json: is damaged: it is no JSON object"
    assert len(shown("--in", "runs/up")) == 3


def test_true_runs(trained, tmp_path):
    """Finished, ended early, diverged, and two of an earlier version."""
    for name, more in {
        "early": ("--max-steps", 4),
        "wild": ("--set", "train.optimizer.lr=1e38", "--set", "train.schedule=constant"),
    }.items():
        call("train", trained.config, "--out", tmp_path / name, *more)
    shutil.copytree(trained.out, tmp_path / "whole")
    shutil.copytree(FORMER / "small", tmp_path / "former")
    found = json.loads(succeed("runs", "--in", tmp_path, "--json").stdout)
    by_name = {run["name"]: run for run in found}
    assert {name: run["state"] for name, run in by_name.items()} == {
        "early": "interrupted", "former/interrupted": "interrupted", "former/whole": "finished",
        "whole": "finished", "wild": "diverged",
    }  # fmt: skip
    whole, wild = by_name["whole"], by_name["wild"]
    assert f"accuracy {whole['test_accuracy']:.4f}" in trained.result.stdout
    assert (whole["epochs"], whole["step"], by_name["early"]["step"]) == (2, 6, 4)
    assert 0 < whole["seconds"] < 60
    assert wild["remark"].startswith("training diverged in step 2 at learning rate 1e+38: the ")
    assert wild["train.optimizer.lr"] == 1e38
    evaluated = json.loads(succeed("eval", trained.out, "--split", "validation", "--json").stdout)
    assert whole["best_validation_accuracy"] == evaluated["accuracy"]
    assert whole["best_validation_loss"] == pytest.approx(evaluated["loss"], rel=1e-6)
    assert whole["best_epoch"] == evaluated["best"]["epoch"]


def test_a_run_that_is_going(tmp_path):
    """It is seen while it trains, and ends as if nobody had looked."""
    config = write_config(tmp_path)
    words = [sys.executable, "-m", "cnncli", "train", str(config), "--out", str(tmp_path / "run"),
             "--epochs", "100000", "--no-progress"]  # fmt: skip
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            until = time.monotonic() + 120
            while not (tmp_path / "run" / "metrics.jsonl").exists():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            for _ in range(20):
                (run,) = json.loads(succeed("runs", "--in", tmp_path, "--json").stdout)
                assert run["state"] == "going"
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 128 + signal.SIGTERM, said
    (run,) = json.loads(succeed("runs", "--in", tmp_path, "--json").stdout)
    assert (run["state"], run["epochs"] > 0) == ("interrupted", True)


def test_names_may_be_anything(tmp_path, monkeypatch):
    """No terminal, log or spreadsheet obeys them; JSON has them as they are."""
    for number, name in enumerate(NAMES):
        made_run(tmp_path / name, epoch(1), config=CONFIG.replace("seed: 1", f"seed: {number}"))
        (tmp_path / name / "metrics.jsonl").write_text("garbage\n\n")
    for columns in (None, 60, 80, 120, 200):
        monkeypatch.setattr(words, "columns", lambda stream, most=columns: most)
        for style in ("text", "csv", "json"):
            result = succeed("runs", "--in", tmp_path, "--format", style)
            for line in (result.stdout + result.stderr).split("\n"):
                assert line.isprintable()
                assert not line.lstrip().startswith("::")
        if columns and columns >= 80:
            text = succeed("runs", "--in", tmp_path)
            assert too_long(text.stdout, columns) == []
    found = json.loads(succeed("runs", "--in", tmp_path, "--json").stdout)
    assert {run["name"] for run in found} == set(NAMES)


@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_terminals(columns, folder, monkeypatch):
    """From 80 columns on all lines fit; what is left out is said, the least important first."""
    piped = succeed("runs", "--in", FORMER).stdout
    monkeypatch.setattr(words, "columns", lambda stream: columns)
    for arguments in (
        (), ("--in", FORMER), ("--columns", "name,remark,lr,state"), ("--where", "lr > 7"),
        ("--in", FORMER, "--sort", "-test_accuracy", "--where", "state = finished"),
    ):  # fmt: skip
        result = succeed("runs", *arguments)
        assert columns < 80 or too_long(result.stdout + result.stderr, columns) == []
    heads = succeed("runs", "--in", FORMER).stdout.splitlines()[:2]
    assert {"name", "test", "state"} <= set(" ".join(heads).split())
    assert "left out to fit" in succeed("runs", "--in", FORMER).stdout
    assert succeed("runs", "--in", FORMER, "--wide").stdout == piped


def test_a_thousand_runs(tmp_path, soon):
    """In a few seconds, so that it may be called again and again."""
    for number in range(1_000):
        config = CONFIG.replace("lr: 0.05", f"lr: {number + 1}e-3")
        finished(tmp_path / f"trial-{number:05}", number / 1_000, config=config)
    with soon():
        result = succeed("runs", "--in", tmp_path, "--sort", "-test_accuracy", "--where", "lr > 0")
    assert len(result.stdout.splitlines()) == 1_003
    assert result.stdout.splitlines()[3].startswith("trial-00999    1.0 ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read(folder):
    (folder / "runs" / "net-1" / "run.json").chmod(0)
    (folder / "runs" / "sweep").chmod(0)
    try:
        result = succeed("runs")
    finally:
        (folder / "runs" / "sweep").chmod(0o700)
    assert result.stderr == (
        "warning: runs/sweep: cannot be read: Permission denied\n"
        "warning: runs/net-1/run.json: cannot be read: Permission denied\n"
    )
