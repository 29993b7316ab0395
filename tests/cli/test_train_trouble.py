"""`cnn train` in the hands of someone who is new to it, or unlucky."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
from dataclasses import replace

import numpy as np
import pytest

from cnncli import files
from cnncli.locks import directory_lock
from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import (
    DATA,
    call,
    npz_config,
    refusal,
    succeed,
    write_config,
    write_npz,
)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epoch", "3"], "No such option"),
        (["--epochs", "0"], "Invalid value for '--epochs': 0 is not in the range x>=1."),
        (["--threads", "0"], "Invalid value for '--threads': 0 is not in the range 1<=x<=1024."),
        (["--seed", "-1"], "Invalid value for '--seed': -1 is not in the range x>=0."),
        (["--min-accuracy", "75"], "'--min-accuracy': 75.0 is not in the range 0<=x<=1."),
        (["other.yaml"], "Got unexpected extra argument (other.yaml)"),
    ],
)
def test_wrong_usage(config, arguments, message):
    assert message in refusal("train", config, *arguments, status=2)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        (
            "data.validation=1438",
            "data.validation: 1438 holds out 1,438 of 1,438 training images; "
            "hold out from 1 to 1,437",
        ),
        (
            "data.limit=1375",
            "data.limit: 1,375 training images asked for, 1,374 are there (1,438 less 64 for "
            "validation); ask for at most 1,374",
        ),
    ],
)
def test_overrides_that_do_not_fit(config, tmp_path, override, message):
    result = call("train", config, "--out", tmp_path / "run", "--set", override)
    assert (result.exit_code, result.stderr) == (2, f"--set {override}: {message}\n")
    assert not (tmp_path / "run").exists()


def test_without_a_terminal_there_is_no_bar(trained):
    assert "\r" not in trained.result.stderr
    assert "step/s" not in trained.result.stderr


def test_numbers_and_their_nouns(config, tmp_path):
    result = call(
        "train", config, "--out", tmp_path / "run", "--threads", 1, "--epochs", 1,
        "--set", "train.batch_size=1000",
    )  # fmt: skip
    assert result.exit_code == 0, result.stderr
    lines = result.stderr.splitlines()
    assert lines[0].endswith(f": 698 parameters, digits, 1 thread, in {tmp_path / 'run'}")
    assert lines[1].endswith(" s for 1 step of 96 images")


def test_more_threads_than_images(config, tmp_path):
    result = succeed("train", config, "--out", tmp_path / "run", "--threads", 100, "--max-steps", 1)
    assert "digits, 100 threads, in" in result.stderr
    assert "\nwarning: 100 threads take turns on " in result.stderr


def test_paths_are_relative_to_the_file(tmp_path, monkeypatch):
    (tmp_path / "project").mkdir()
    shutil.copytree(DATA / "digits", tmp_path / "project" / "images" / "digits")
    write_config(tmp_path / "project", data="{name: digits, root: images}")
    monkeypatch.chdir(tmp_path)
    succeed("train", "project/tiny.yaml", "--max-steps", 1)
    assert (tmp_path / "runs/tiny-1/last.safetensors").exists()
    monkeypatch.chdir("/")
    assert call("eval", tmp_path / "runs/tiny-1").exit_code == 0
    kept = tmp_path / "runs/tiny-1/config.yaml"
    assert f"root: {tmp_path / 'project' / 'images'}\n" in kept.read_text()


def test_one_class_and_one_image(tmp_path):
    config = npz_config(tmp_path, count=1, classes=1)
    result = succeed("train", config, "--out", tmp_path / "run")
    assert result.stdout == "npz, test split, 1 image: loss 0.0000, accuracy 1.0000\n"
    succeed("train", config, "--smoke")


def test_a_folder_of_images(tmp_path):
    image = pytest.importorskip("PIL.Image")
    rng = np.random.default_rng(0)
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            folder = tmp_path / "pictures" / split / name
            folder.mkdir(parents=True)
            for k in range(3):
                pixels = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
                image.fromarray(pixels).save(folder / f"{k}.png")
    config = write_config(tmp_path, data="{name: folder, root: pictures}", architecture="INPUT-FC")
    result = succeed("train", config, "--out", tmp_path / "run")
    judged = call("eval", tmp_path / "run").stdout.splitlines()
    assert judged[0] == result.stdout.rstrip()
    assert [line.split()[:2] for line in judged[4:6]] == [["cat", "3"], ["dog", "3"]]


def test_a_smoke_run_finds_damaged_images(tmp_path):
    shutil.copytree(DATA / "digits", tmp_path / "digits")
    images = next((tmp_path / "digits").glob("*images*"))
    images.write_bytes(images.read_bytes()[:-100])
    config = write_config(tmp_path, data=f"{{name: digits, root: {tmp_path}}}")
    stderr = refusal("train", config, "--smoke", status=3)
    assert stderr.startswith(f"{images}: expected a whole gzip file, found damage")


def test_divergence_in_the_last_step(config, tmp_path):
    """No later step would notice it."""
    result = call(
        "train", config, "--out", tmp_path / "run", "--max-steps", 1,
        "--set", "train.optimizer.lr=1e30",
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (5, "")
    assert result.stderr.endswith(
        "the loss of the test split is nan, first in the output of conv1: the network's scores are "
        "not finite.\n"
        "Train it anew with a smaller train.optimizer.lr, or train.clip_norm: 1.\n"
    )


def test_an_interrupt_before_the_first_step(config, tmp_path, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("cnncli.training.tools.launch.estimate", interrupt)
    stderr = refusal("train", config, "--out", tmp_path / "run", status=130)
    assert stderr.endswith("\ninterrupted\n")
    monkeypatch.undo()
    succeed("train", config, "--out", tmp_path / "run")


def test_a_resumed_run_finds_data_of_ones_own_where_they_are_now(tmp_path):
    config = npz_config(tmp_path)
    assert call("train", config, "--out", tmp_path / "run").exit_code == 0
    moved = tmp_path / "moved.npz"
    (tmp_path / "own.npz").rename(moved)
    more = ("train", config, "--out", tmp_path / "run", "--resume", "--epochs", 3)
    assert call(*more).exit_code == 3
    succeed(*more, "--set", f"data.root={moved}")
    write_npz(moved, count=20)
    changed = refusal(*more[:-1], 4, "--set", f"data.root={moved}", status=3)
    assert changed.splitlines()[-1].startswith(
        "npz: the images are not those of the checkpoint: expected SHA-256 "
    )


def test_a_folder_in_place_of_a_file(trained, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(trained.out, out)
    more = ("train", trained.config, "--out", out, "--resume", "--epochs", 3)
    for name in ("last.safetensors", "metrics.jsonl"):
        (out / name).unlink()
        (out / name).mkdir()
        stderr = refusal(*more, status=6)
        assert stderr.endswith(
            f"{out}/{name}: is a directory, not a file; name another, or move it away\n"
        )
        (out / name).rmdir()
        shutil.copy(trained.out / name, out / name)
    (out / "last.safetensors").unlink()
    (out / "last.safetensors").mkdir()
    (out / "best.safetensors").unlink()
    stderr = refusal("eval", out, status=4)
    assert stderr == f"{out}/last.safetensors: there is no such checkpoint\n"


@pytest.mark.parametrize(
    ("streams", "status", "told"),
    [("2>/dev/full", 0, True), (">/dev/full", 6, False), (">&- 2>&-", 0, False)],
)
def test_streams_that_are_full_or_closed(config, tmp_path, streams, status, told):
    command = [sys.executable, "-m", "cnncli", "train", str(config), "--out", str(tmp_path / "run")]
    shell = ["sh", "-c", f'exec "$@" {streams}', "sh"]
    result = subprocess.run(
        [*shell, *command, "--max-steps", "1"], capture_output=True, timeout=60, check=False
    )
    assert (result.returncode, b"accuracy" in result.stdout) == (status, told)
    assert b"Traceback" not in result.stderr
    assert (tmp_path / "run" / "last.safetensors").exists()


def test_a_network_over_its_limits_is_not_trained(tmp_path):
    path = write_config(tmp_path, more="limits: {parameters: 10}\n")
    stderr = refusal("train", path, "--out", tmp_path / "run", status=1)
    assert "limits.parameters: " in stderr
    assert " is more than the limit of 10, " in stderr
    assert not (tmp_path / "run").exists()


def test_a_network_that_no_resumed_run_could_read(tmp_path):
    config = write_config(tmp_path, architecture='"INPUT-[CONV3-1]*2300-FC"')
    stderr = refusal("train", config, "--out", tmp_path / "run", status=2)
    first, *_, last = stderr.splitlines()
    assert first.startswith(
        f"{config}:2:15: architecture: written out with every hyperparameter, as a run records it, "
        "the network is too large to be read again: more than 50,000 values ("
    )
    assert last == "  Train one of fewer layers."
    assert not (tmp_path / "run" / "last.safetensors").exists()


def test_a_map_of_scores_is_not_trained(tmp_path):
    path = tmp_path / "map.yaml"
    path.write_text("architecture: INPUT(8x8x1) -> CONV3-4\n")
    assert refusal("train", path, "--smoke", status=2) == (
        f"{path}:1:31: conv1: the class scores are 8x8x4; training needs 1x1xK, one for each class."
        "\n  | architecture: INPUT(8x8x1) -> CONV3-4\n  |                               ^\n"
        "  End the network with FC.\n"
    )


def twice(config, folder):
    """A run with checkpoints after 4 steps and after 5."""
    run = folder / "run"
    succeed("train", config, "--out", run, "--max-steps", 4)
    succeed("train", config, "--out", run, "--resume", "--max-steps", 5)
    return run


def test_a_damaged_checkpoint_has_one_before_it(config, tmp_path):
    run = twice(config, tmp_path)
    last, previous = run / "last.safetensors", run / "previous.safetensors"
    shutil.copy(previous, tmp_path / "kept")
    whole = call("train", config, "--out", run, "--resume")
    assert "resuming" in whole.stderr
    expected = last.read_bytes()
    shutil.copy(tmp_path / "kept", previous)
    last.write_bytes(expected[:-1])
    result = succeed("train", config, "--out", run, "--resume")
    told = [line for line in result.stderr.splitlines() if str(run) in line]
    damage, fallback, resumed = told[:3]
    assert damage.startswith(f"warning: {last}: the file is damaged: ")
    assert fallback == f"warning: going on from {previous} instead"
    assert resumed.startswith(f"resuming {run} after step ")
    assert result.stdout == whole.stdout
    assert [Checkpoint.load(path).progress.step for path in (previous, last)] == [4, 6]
    previous.unlink()
    last.write_bytes(expected[:-1])
    stderr = refusal("train", config, "--out", run, "--resume", status=4)
    assert stderr.startswith(f"{last}: the file is damaged: ")


def test_a_resume_that_is_refused_leaves_the_directory_as_it_is(config, tmp_path):
    run = twice(config, tmp_path)
    last = run / "last.safetensors"
    last.write_bytes(last.read_bytes()[:-1])
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = call("train", config, "--out", run, "--resume", "--seed", 8)
    assert result.exit_code == 2
    assert {path.name: path.read_bytes() for path in run.iterdir()} == before


def test_a_run_that_went_back_says_so_when_it_is_resumed(config, tmp_path):
    run = tmp_path / "run"
    assert call("train", config, "--out", run, "--max-steps", "4").exit_code == 0
    kept = Checkpoint.load(run / "last.safetensors")
    progress = replace(kept.progress, rollbacks=2, lr_factor=0.25)
    replace(kept, progress=progress).save(run / "last.safetensors")
    resume = ("train", config, "--out", run, "--resume")
    again = call(*resume, "--max-steps", "5")
    assert f"resuming {run} after step 4\nlearning rates are times 0.25, after 2 rollbacks\n" in (
        again.stderr
    )
    other = call(*resume, "--set", "train.optimizer.lr=0.01")
    assert "learning rates are" not in other.stderr


def test_a_run_that_stopped_early_goes_on_with_more_patience(config, tmp_path):
    run = tmp_path / "run"
    stopping = "train.early_stopping={metric: lr, patience: 1}"
    begin = ("--set", stopping, "--set", "train.schedule=constant", "--epochs", 4)
    assert call("train", config, "--out", run, *begin).exit_code == 0
    resume = ("train", config, "--out", run, "--resume", *begin)
    again = call(*resume).stderr
    assert again.startswith(f"{run} is finished: 6 steps, test accuracy ")
    stopped = (
        "stopped early after epoch 2 of 4: no improvement of lr for 1 epoch; the best was 0.05 in "
        "epoch 1\n"
    )
    assert again.endswith(f"; {stopped}to judge it: cnn eval {run}\n")
    more = call(*resume, "--set", "train.early_stopping.patience=2")
    assert more.stderr.startswith(
        "changed since step 6:\n  - train.early_stopping.patience: 1\n"
        "  + train.early_stopping.patience: 2  (this command)\n"
        f"  it had {stopped}"
        f"resuming {run} after step 6\n"
    )
    assert Checkpoint.load(run / "last.safetensors").progress.step == 9


def test_a_run_with_less_patience_than_it_has_waited_stops_at_once(config, tmp_path):
    run, watching = tmp_path / "run", "train.early_stopping={metric: lr, patience: 3}"
    begin = ("--out", run, "--set", watching, "--set", "train.schedule=constant", "--epochs", 6)
    assert call("train", config, *begin, "--max-steps", 9).exit_code == 0
    less = call("train", config, *begin, "--resume", "--set", "train.early_stopping.patience=1")
    stopped = (
        "stopped early after epoch 3 of 6: no improvement of lr for 2 epochs; the best was 0.05 in "
        "epoch 1"
    )
    assert stopped in less.stderr.splitlines()
    last = Checkpoint.load(run / "last.safetensors").progress
    assert (last.step, last.finished) == (9, True)
    assert json.loads((run / "run.json").read_text())["ended"]["reason"] == stopped


@pytest.mark.parametrize("command", [("train", "--smoke"), ("verify-resume",)])
def test_no_place_for_temporary_files(config, tmp_path, monkeypatch, command):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    name, *options = command
    result = call(name, config, *options)
    assert result.exit_code == 6
    assert result.stderr.splitlines()[-1] == (
        "no directory for temporary files: No such file or directory; TMPDIR can name another"
    )


MOUNTED = """
mount -t tmpfs -o size=32k none full || exit 77
TMPDIR=$PWD/full "$@"
status=$?
test -z "$(ls -A full)" || exit 78
exit $status
"""


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs unshare")
@pytest.mark.parametrize("command", [("train", "--smoke"), ("verify-resume",)])
def test_no_room_for_temporary_files(config, tmp_path, command):
    """On a file system of its own that is full soon."""
    name, *options = command
    (tmp_path / "full").mkdir()
    cnn = [sys.executable, "-m", "cnncli", name, str(config), *options, "--quiet"]
    result = subprocess.run(
        ["unshare", "-rm", "sh", "-c", MOUNTED, "sh", *cnn],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    if result.returncode == 77 or result.stderr.startswith("unshare: "):
        pytest.skip("nothing may be mounted here")
    assert result.returncode == 6, result.stderr
    assert re.fullmatch(
        rf"{tmp_path}/full/cnncli-\w+/[\w.]+: could not be written: No space left on device; "
        "TMPDIR can name another",
        result.stderr.splitlines()[-1],
    ), result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "tiny.yaml"]


def test_a_checkpoint_that_is_gone_has_one_before_it(config, tmp_path):
    run = twice(config, tmp_path)
    last, previous = run / "last.safetensors", run / "previous.safetensors"
    last.unlink()
    result = succeed("train", config, "--out", run, "--resume", "--max-steps", "5")
    assert f"warning: {last}: there is no such checkpoint\n" in result.stderr
    assert f"warning: going on from {previous} instead\n" in result.stderr
    assert f"resuming {run} after step 4\n" in result.stderr
    assert Checkpoint.load(last).progress.step == 5


def test_a_damaged_checkpoint_does_not_displace_the_one_before(config, tmp_path, monkeypatch):
    """Not even where the run is killed in its next save, before the new file has its name."""
    run = twice(config, tmp_path)
    last = run / "last.safetensors"
    last.write_bytes(last.read_bytes()[:-1])

    class Killed(BaseException):
        pass

    def killed(path, name):
        files.os.link(path, tmp_path / "linked")
        os.replace(tmp_path / "linked", name)
        raise Killed

    monkeypatch.setattr(files, "_call_too", killed)
    with pytest.raises(Killed):
        call("train", config, "--out", run, "--resume", "--max-steps", "5")
    assert Checkpoint.load(last).progress.step == 4
    assert Checkpoint.load(run / "previous.safetensors").progress.step == 4


def test_two_runs_in_one_directory(config, tmp_path):
    run = tmp_path / "run"
    assert call("train", config, "--out", run, "--max-steps", "1").exit_code == 0
    with directory_lock(run):
        stderr = refusal("train", config, "--out", run, "--resume", status=2)
    assert stderr.startswith(f"{run}: process {os.getpid()} is at work there; ")
    assert call("train", config, "--out", run, "--resume").exit_code == 0


def start(config, run, **streams):
    command = [sys.executable, "-m", "cnncli", "train", config, "--out", run, "--epochs", "40"]
    return subprocess.Popen([str(word) for word in command], **streams)


def test_a_reader_that_ends_does_no_harm(config, tmp_path):
    """As in `cnn train ... 2>&1 | head -1`: the run goes on to its end."""
    run = tmp_path / "run"
    process = start(config, run, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stderr.readline()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert b"accuracy" in process.stdout.read()
    process.stdout.close()
    assert "is finished" in call("train", config, "--out", run, "--resume", "--epochs", 40).stderr


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="there are no terminals")
def test_a_closed_terminal_does_no_harm(config, tmp_path):
    """The run ends behind its step, saved, and goes on as if nothing had happened."""
    run, whole = tmp_path / "run", tmp_path / "whole"
    ours, theirs = os.openpty()
    process = start(
        config, run, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=leads_terminal
    )
    os.close(theirs)
    shown = b""
    while b"epoch 3/40" not in shown:
        shown += os.read(ours, 4096)
    os.close(ours)  # the system sends SIGHUP
    assert process.wait(timeout=60) == 128 + signal.SIGHUP
    resumed = call("train", config, "--out", run, "--resume", "--epochs", 40)
    assert re.match(rf"resuming {run} after step \d+", resumed.stderr)
    assert resumed.stdout == call("train", config, "--out", whole, "--epochs", 40).stdout
    one, other = (Checkpoint.load(path / "last.safetensors").arrays for path in (run, whole))
    assert all(np.array_equal(one[name], other[name]) for name in other)


def leads_terminal():
    """Makes the new process the leader of its terminal."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_a_last_batch_of_one_image(tmp_path):
    """BATCHNORM on 1x1 maps: an error before training, and its remedies train."""
    data = f"{{name: digits, root: {DATA}, limit: 65}}"
    config = write_config(tmp_path, data=data, architecture="INPUT-FC-8-BN-RELU-FC")
    out = tmp_path / "run"
    message = refusal("train", config, "--out", out, status=2)
    assert "train.batch_size: BATCHNORM 'batchnorm1' on 1x1 maps " in message
    assert "Write train.last_batch: drop or train.batch_size: 33.\n" in message
    assert not (out / "last.safetensors").exists()
    for number, remedy in enumerate(("train.last_batch=drop", "train.batch_size=33")):
        succeed("train", config, "--out", tmp_path / f"run-{number}", "--set", remedy)
