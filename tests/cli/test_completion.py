"""What a shell offers when Tab is pressed, and that nothing else is ever written."""

import os
import shutil
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from cnncli.cli import completion
from cnncli.cli.main import COMMANDS, cli
from cnncli.config.load import load
from cnncli.datasets.sets import data_sets
from cnncli.report.shapes.columns import COLUMNS
from cnncli.shipped.configurations import names
from tests.cli.commands import call, succeed

ROOT = Path(__file__).parents[2]
CNN = f'cnn() {{ "{sys.executable}" -m cnncli "$@"; }}'

TAKING_CONFIG = ("shapes", "graph", "gradcheck", "train", "time", "verify-resume")
"""Commands that take a configuration and --set."""


@pytest.fixture
def offer(monkeypatch):
    """offer(words...) -> what may stand in place of the last one, as bash gets it."""

    def ask(*words, folder=ROOT):
        monkeypatch.setenv("COMP_WORDS", "\n".join(("cnn", *words)))
        monkeypatch.setenv("COMP_CWORD", str(len(words)))
        with chdir(folder):
            found = completion._Bash(cli, {}, "cnn", completion.VARIABLE).complete()
        return [tuple(line.split(",", 1)) for line in found.splitlines()]

    return ask


def plain(found):
    return [value for kind, value in found if kind == "plain"]


def test_commands(offer):
    assert plain(offer("")) == list(COMMANDS)
    assert plain(offer("ver")) == ["verify-resume"]
    assert plain(offer("data", "")) == ["fetch", "info", "list", "verify"]


@pytest.mark.parametrize("name", COMMANDS)
def test_options(offer, name):
    """All that the help has."""
    command = cli.get_command(None, name)
    shown = [param for param in command.params if not getattr(param, "hidden", False)]
    long = {option for param in shown for option in param.opts if option[:2] == "--"}
    assert set(plain(offer(name, "--"))) == long | {"--help"}


def test_configurations(offer, tmp_path):
    assert ("plain", "configs/digits.yaml") in offer("train", "configs/")
    assert ("dir", "configs/") in offer("train", "configs/")
    for name in ("a.yaml", "b.yml", "c.txt", "with space.yaml"):
        (tmp_path / name).touch()
    for command in (*TAKING_CONFIG, "diff"):
        assert plain(offer(command, "", folder=tmp_path)) == ["a.yaml", "b.yml", *names()], command
    assert plain(offer("diff", "a.yaml", "b", folder=tmp_path)) == ["b.yml"]
    assert plain(offer("train", "dig", folder=tmp_path)) == ["digits"]
    assert plain(offer("shapes", f"{tmp_path}/", folder="/")) == [
        f"{tmp_path}/a.yaml", f"{tmp_path}/b.yml",
    ]  # fmt: skip


def test_layers(offer):
    words = ("shapes", "configs/notes.yaml", "--explain")
    assert plain(offer(*words, "")) == ["input1", "conv1", "relu1", "pool1", "fc1"]
    assert plain(offer(*words, "c")) == ["conv1"]
    assert plain(offer("shapes", "--explain", "")) == []


def test_columns(offer):
    assert set(plain(offer("shapes", "--columns", ""))) == {*COLUMNS, "all"}
    assert plain(offer("shapes", "--columns", "layer,ou")) == ["layer,output"]
    assert "layer,layer" not in plain(offer("shapes", "--columns", "layer,"))


def test_sets(offer, tmp_path):
    """And configurations, for the sets that they name."""
    (tmp_path / "cifar.yaml").touch()
    assert plain(offer("data", "info", "cifar", folder=tmp_path)) == [
        "cifar10", "cifar100", "cifar.yaml", "cifar", "cifar_90", "cifar_94",
    ]  # fmt: skip
    (tmp_path / "cifar.yaml").unlink()
    assert plain(offer("data", "fetch", "mnist", "", folder=tmp_path)) == [*data_sets(), *names()]


def test_choices(offer):
    assert plain(offer("train", "x.yaml", "--kernels", "")) == [
        "auto", "direct", "winograd", "measured",
    ]  # fmt: skip
    assert plain(offer("completion", "")) == ["bash", "zsh", "fish"]


@pytest.mark.parametrize("command", TAKING_CONFIG)
def test_settings(offer, command):
    """Of the file's own optimizer, and each is a key that the file may have."""
    keys = plain(offer(command, "configs/digits.yaml", "--set", ""))
    assert {"data.limit=", "train.optimizer.lr=", "train.early_stopping.patience="} <= set(keys)
    own = plain(offer(command, "configs/digits.yaml", "--set", "train.optimizer."))
    every = plain(offer(command, "--set", "train.optimizer."))
    assert set(own) < set(every)
    with chdir(ROOT):
        for key in keys:
            spec = load(Path("configs/digits.yaml"), [f"{key}1"])
            unknown = [p.message for p in spec.problems if "unknown key" in p.message]
            assert not unknown, key
    assert plain(offer(command, "nowhere.yaml", "--set", "train.optimizer.")) == every


BROKEN = {
    "a file that is not there": ("shapes nowhere.yaml --explain ", 4),
    "a file that is broken": ("shapes broken.yaml --explain ", 4),
    "a folder that is not there": ("train nowhere/", 2),
    "an unknown command": ("trian x", 2),
    "an unknown option": ("train --nothing x --set ", 4),
    "an open quote": ("shapes 'x --explain ", 3),
    "a wrong value": ("time x.yaml --threads x --kernels ", 6),
    "a file that is to be written": ("convert x --out broken.yaml --", 5),
    "a place that is none": ("train", 10**9),
}


def ask(folder, **environment):
    """The program as a shell asks it."""
    return subprocess.run(
        [sys.executable, "-m", "cnncli"],
        cwd=folder, capture_output=True, text=True, timeout=60, env={**os.environ, **environment},
    )  # fmt: skip


@pytest.mark.parametrize(("words", "place"), BROKEN.values(), ids=BROKEN)
def test_whatever_goes_wrong_nothing_is_said(tmp_path, words, place):
    (tmp_path / "broken.yaml").write_text("architecture: [\x00}")
    asked = ask(
        tmp_path, _CNN_COMPLETE="bash_complete", COMP_WORDS=f"cnn {words}", COMP_CWORD=str(place)
    )
    assert (asked.returncode, asked.stderr) == (0, "")
    lines = asked.stdout.splitlines()
    assert all(line.startswith(("plain,", "dir,", "file,")) for line in lines if line)


@pytest.mark.parametrize(
    "environment",
    [
        {"_CNN_COMPLETE": "bash_complete"},
        {"_CNN_COMPLETE": "bash_complete", "COMP_WORDS": "cnn", "COMP_CWORD": "one"},
        {"_CNN_COMPLETE": "tcsh_complete", "COMP_WORDS": "cnn", "COMP_CWORD": "1"},
        {"_CNN_COMPLETE": ""},
    ],
    ids=str,
)
def test_a_question_that_is_none(tmp_path, environment):
    asked = ask(tmp_path, **environment)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, "", "")


def test_commands_are_offered_without_numpy():
    code = (
        "import sys; from cnncli.cli.completion import answer; answer(); "
        "sys.exit(bool({'numpy', 'pydantic', 'cnncli.cli.train'} & {*sys.modules}))"
    )
    environment = {"_CNN_COMPLETE": "bash_complete", "COMP_WORDS": "cnn t", "COMP_CWORD": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True
    )
    assert (done.returncode, done.stdout) == (0, b"plain,train\nplain,time\n")


def in_shell(shell, script, folder=ROOT):
    done = subprocess.run(
        [*shell, script], cwd=folder, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_in_bash():
    """`compopt` works only while somebody types."""
    script = succeed("completion", "bash").stdout
    words = ("cnn", "train", "configs/digits.yaml", "--set", "train.optimizer.l")
    lines = in_shell(
        ["bash", "--norc", "-c"],
        f"{CNN}\n{script}\n"
        "compopt() { echo compopt $*; }\n"
        f"COMP_WORDS=({' '.join(words)}) COMP_CWORD=4; _cnn_completion cnn\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
        "COMP_WORDS=(cnn train configs/dig) COMP_CWORD=2; _cnn_completion cnn\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
        "complete -p cnn",
    )
    assert lines == [
        "compopt -o nospace", "train.optimizer.lr=",
        "compopt -o plusdirs", "configs/digits.yaml",
        "complete -o nosort -F _cnn_completion cnn",
    ]  # fmt: skip


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cnn tra", ["train\tTrain a network and keep what it learned."]),
        ("cnn da", ["data\tList, fetch, check and show data sets."]),
        ("cnn train configs/digits.yaml --set train.optimizer.l", ["train.optimizer.lr="]),
        ("cnn shapes --columns layer,out", ["layer,output"]),
    ],
)
def test_in_fish(line, offered, tmp_path):
    """It calls a program, so that a function would not do."""
    program = tmp_path / "cnn"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cnncli "$@"\n')
    program.chmod(0o755)
    script = succeed("completion", "fish").stdout
    path = f"set -x PATH {tmp_path} $PATH"
    found = in_shell(["fish", "--no-config", "-c"], f"{path}\n{script}\ncomplete -C '{line}'")
    assert found == offered


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_the_script_is_one(shell):
    """By the shell itself, where it is there."""
    script = succeed("completion", shell).stdout
    assert f"_CNN_COMPLETE={shell}_complete" in script
    assert {
        "bash": "compopt -o plusdirs",
        "zsh": 'compadd -S "${${completions[1]:#*=}:+ }" -U',
        "fish": 'string split --max 1 ","',
    }[shell] in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=60)


def test_no_other_shell():
    assert call("completion", "tcsh").exit_code == 2


def test_columns_of_runs(offer):
    """Also after others."""
    assert plain(offer("runs", "--sort", "test_")) == ["test_accuracy", "test_loss"]
    assert plain(offer("runs", "--columns", "name,train.optimizer.lr")) == [
        "name,train.optimizer.lr"
    ]
    assert "name,name" not in plain(offer("runs", "--columns", "name,"))
    assert "name,state" in plain(offer("runs", "--columns", "name,"))
