"""`cnn train --start`: from a trained network on, at the command line and from Python."""

import hashlib
import json
import os
import shutil
import threading

import numpy as np
import pytest
from safetensors.numpy import save_file

import cnncli
from tests.cli.commands import NEVER, call, refusal, succeed, write_config
from tests.training.recorded import metrics, saved

SMALLER = "INPUT-CONV3-4-BN-RELU-POOL-FC-5-FC(name=fc1_)"


@pytest.fixture
def other(tmp_path):
    """A configuration of another head: fc1 does not fit."""
    folder = tmp_path / "other"
    folder.mkdir()
    return write_config(folder, architecture=SMALLER)


def test_a_run_that_begins_with_another(trained, other, tmp_path):
    out = tmp_path / "run"
    result = succeed("train", other, "--start", trained.out, "--out", out)
    best = trained.out / "best.safetensors"
    assert result.stderr.splitlines()[:7] == [
        f"start: 6 of 10 arrays are those of {best}",
        "array   here  there  what becomes of it",
        "------  ----  -----  ------------------",
        "fc1.W   64x5  64x10  new",
        "fc1.b   5     10     new",
        "fc1_.W  5x10  -      new: not there",
        "fc1_.b  10    -      new: not there",
    ]
    about = json.loads((out / "run.json").read_text())["start"]
    sha256 = hashlib.sha256(best.read_bytes()).hexdigest()
    assert about == {"run": str(trained.out), "sha256": sha256}


def test_without_a_start_there_is_none(trained):
    assert json.loads((trained.out / "run.json").read_text())["start"] is None


def test_quiet(trained, other, tmp_path):
    result = succeed("train", other, "--start", trained.out, "--out", tmp_path / "run", "--quiet")
    assert all(line.startswith(NEVER) for line in result.stderr.splitlines())


def test_paths(trained, other, tmp_path, monkeypatch):
    """Those of the file from its folder, those of the command from the current one."""
    shutil.copytree(trained.out, other.parent / "begun")
    other.write_text(other.read_text().replace("train: {", "train: {start: begun, "))
    succeed("train", other, "--out", tmp_path / "a", "--max-steps", 1)
    monkeypatch.chdir(trained.out.parent)
    out = tmp_path / "b"
    succeed("train", other, "--start", "run/last.safetensors", "--out", out, "--max-steps", 1)
    about = json.loads((out / "run.json").read_text())["start"]
    assert about["run"] == str(trained.out / "last.safetensors")
    awkward = other.parent / "a: #b, {c}\u2028\"'"
    shutil.copytree(trained.out, awkward)
    out = tmp_path / "c"
    succeed("train", other, "--start", awkward, "--out", out, "--max-steps", 1)
    assert json.loads((out / "run.json").read_text())["start"]["run"] == str(awkward)
    succeed("train", other, "--start", awkward, "--out", out, "--resume")


def test_the_same_bits_with_a_pause_and_without_the_start(trained, other, tmp_path):
    start = tmp_path / "start"
    shutil.copytree(trained.out, start)
    whole, parted = tmp_path / "whole", tmp_path / "parted"
    succeed("train", other, "--start", start, "--out", whole)
    succeed("train", other, "--start", start, "--out", parted, "--max-steps", 2)
    sha256 = json.loads((parted / "run.json").read_text())["start"]["sha256"]
    shutil.rmtree(start)
    result = succeed("train", other, "--out", parted, "--resume", "--max-steps", 4)
    assert "changed" not in result.stderr
    succeed("train", other, "--start", start, "--out", parted, "--resume")
    assert saved(parted) == saved(whole)
    assert metrics(parted) == metrics(whole)
    about = json.loads((parted / "run.json").read_text())["start"]
    assert about == {"run": str(start), "sha256": sha256}


def test_the_start_of_a_run_cannot_be_changed(trained, other, tmp_path):
    out, copy = tmp_path / "run", tmp_path / "copy"
    start = trained.out / "best.safetensors"
    succeed("train", other, "--start", start, "--out", out, "--max-steps", 1)
    shutil.copy(start, copy)
    command = ("train", other, "--out", out, "--resume", "--max-steps", 2)
    for given in (
        ("--start", trained.out / "last.safetensors"),
        ("--start", start, "--set", "train.start.skip=BN"),
    ):
        run = given[1]
        skip = "[BN]" if len(given) > 2 else "[]"
        text = refusal(*command, *given, status=2)
        assert text.endswith(
            "train.start: a run cannot change this when it is resumed: it was "
            f"{{run: {start}, skip: [], normalise: start}}, and is "
            f"{{run: {run}, skip: {skip}, normalise: start}}.\n"
            "  Start a new run with another --out.\n"
        )
    succeed(*command, "--start", copy)  # the same file in another place
    plain = tmp_path / "plain"
    succeed("train", other, "--out", plain, "--max-steps", 1)
    command = ("train", other, "--out", plain, "--resume", "--start", start)
    assert "it was nothing, and is {run: " in refusal(*command, status=2)


def test_class_scores_of_other_classes(trained, tmp_path):
    file = tmp_path / "own.npz"
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 1), dtype=np.uint8)
    labels = np.arange(40) % 10
    np.savez(file, x_train=images, y_train=labels, x_test=images, y_test=labels)
    names = [f"k{number}" for number in range(10)]
    config = write_config(tmp_path, data=f"{{name: npz, root: {file}, classes: {names}}}")
    command = ("train", config, "--start", trained.out, "--max-steps", 1, "--quiet")
    warning = (
        "warning: fc1 is taken over, and gave the scores of other classes there: 0, 1, 2, 3, 4, 5, "
        f"6, 7, 8 and 9; here they are {', '.join(names[:-1])} and k9.\n"
        "--set train.start.skip=fc1 starts it anew\n"
    )
    assert warning in call(*command, "--out", tmp_path / "a").stderr
    again = succeed(*command, "--out", tmp_path / "b", "--set", "train.start.skip=fc1")
    assert "fc1" not in again.stderr


def test_files_that_are_no_start(trained, config, tmp_path):
    def said(path):
        return refusal("train", config, "--start", path, "--out", tmp_path / "run", status=4)

    foreign = tmp_path / "resnet.safetensors"
    save_file({"conv1.W": np.zeros((3, 3, 1, 4), np.float32)}, foreign)
    assert said(foreign) == (
        f"{foreign}: not a checkpoint of cnn: its header has no 'cnncli'; the weights of other "
        "programs have another order of axes; give a run or a checkpoint of cnn\n"
    )
    assert said(tmp_path / "none") == f"{tmp_path}/none: there is no such checkpoint\n"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert said(empty) == f"{empty}: there is no checkpoint in this directory\n"
    text = tmp_path / "net.pt"
    text.write_bytes(b"PK\x03\x04" + b"\xff" * 40)
    assert said(text) == (
        f"{text}: not a checkpoint; give a run's directory, or a .safetensors file in it\n"
    )
    damaged = tmp_path / "damaged.safetensors"
    content = bytearray((trained.out / "last.safetensors").read_bytes())
    content[-3] ^= 1
    damaged.write_bytes(content)
    assert said(damaged).startswith(f"{damaged}: the file is damaged: the digest of ")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert said(pipe) == f"{pipe}: there is no such checkpoint\n"
    huge = tmp_path / "huge.safetensors"
    huge.write_bytes(b"\xff" * 7 + b"\x0f" + b"{}")
    assert said(huge).startswith(f"{huge}: the file is damaged: its header ")
    assert not (tmp_path / "run").exists()


def test_a_start_that_is_a_pipe_when_resumed(trained, config, tmp_path):
    """It is not waited for."""
    out, pipe = tmp_path / "run", tmp_path / "pipe"
    succeed("train", config, "--start", trained.out, "--out", out, "--max-steps", 1)
    os.mkfifo(pipe)
    command = ("train", config, "--start", pipe, "--out", out, "--resume", "--max-steps", 2)
    resumed = threading.Thread(target=succeed, args=command, daemon=True)
    resumed.start()
    resumed.join(60)
    assert not resumed.is_alive()


def test_a_smoke_run_and_verify_resume_begin_with_it_too(trained, other, tmp_path):
    other.write_text(other.read_text().replace("train: {", f"train: {{start: {trained.out}, "))
    succeed("train", other, "--smoke", "--out", tmp_path / "run")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["start"]
    succeed("verify-resume", other)
    other.write_text(other.read_text().replace(str(trained.out), "gone"))
    gone = other.parent / "gone"
    assert refusal("train", other, "--smoke", status=4) == f"{gone}: there is no such checkpoint\n"
    succeed("train", other, "--preview")
    succeed("shapes", other)


@pytest.mark.filterwarnings("ignore:the network takes no image")
def test_from_python(trained, other, tmp_path):
    begun = cnncli.Network(other).train(
        start=trained.out, out=tmp_path / "run", max_steps=1, bar=False
    )
    sha256 = json.loads((tmp_path / "run" / "run.json").read_text())["start"]["sha256"]
    assert sha256 == hashlib.sha256((trained.out / "best.safetensors").read_bytes()).hexdigest()
    assert begun.step == 1
