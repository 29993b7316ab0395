"""`cnn train`: what it says, what it leaves behind, and how it ends."""

import json
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.cli.commands import NEVER, call, refusal, succeed, write_config
from tests.training.recorded import metrics

RESULT = re.compile(
    r"digits, test split, 359 images: loss \d\.\d{4}, accuracy (\d\.\d{4}), top-5 \d\.\d{4}\n"
)


def short_steps(config):
    """What is said of a network whose steps take less than the threads' waiting for each other."""
    return (
        "steps are short: one thread may be faster here; "
        f"`cnn time {config} --threads 1,2` compares"
    )


def test_a_run(trained):
    result = trained.result
    assert result.exit_code == 0, result.stderr
    assert RESULT.fullmatch(result.stdout)
    lines = result.stderr.splitlines()
    assert lines[0] == f"tiny: 698 parameters, digits, 2 threads, in {trained.out}"
    assert re.fullmatch(r"estimated time: \d\.\d s for 6 steps of 32 images", lines[1])
    assert lines[2] == short_steps(trained.config)
    assert [line[:9] for line in lines[3:5]] == ["epoch 1/2", "epoch 2/2"]
    assert "validation loss" in lines[3]
    best, never, *after = lines[5:]
    epochs = [line for line in metrics(trained.out) if line["kind"] == "epoch"]
    first = max(epochs, key=lambda line: (line["validation_accuracy"], -line["validation_loss"]))
    assert best == (
        f"best network: epoch {first['epoch']} of 2, by validation accuracy "
        f"{first['validation_accuracy']:.4f}"
    )
    assert never.startswith(NEVER)
    assert after == [f"saved in {trained.out}", f"to judge it: cnn eval {trained.out}"]
    assert sorted(path.name for path in trained.out.iterdir()) == [
        ".lock", "best.safetensors", "config.yaml", "last.safetensors", "metrics.jsonl",
        "previous.safetensors", "run.json",
    ]  # fmt: skip


def test_quiet(config, tmp_path):
    result = call("train", config, "--out", tmp_path / "run", "--quiet")
    (never,) = result.stderr.splitlines()
    assert never.startswith(NEVER)
    assert RESULT.fullmatch(result.stdout)


def test_a_finished_run_is_not_run_again(trained):
    before = (trained.out / "last.safetensors").read_bytes()
    result = call("train", trained.config, "--out", trained.out, "--resume")
    assert (result.exit_code, result.stdout) == (0, "")
    accuracy = float(trained.result.stdout.split("accuracy ")[1].split(",")[0])
    said = f"{trained.out} is finished: 6 steps, test accuracy {accuracy:.4f}\n"
    assert result.stderr == f"{said}to judge it: cnn eval {trained.out}\n"
    assert (trained.out / "last.safetensors").read_bytes() == before
    command = ("train", trained.config, "--out", trained.out, "--resume", "--min-accuracy")
    assert call(*command, accuracy - 0.01).exit_code == 0
    assert refusal(*command, accuracy + 0.01, status=1) == (
        f"{said}to judge it: cnn eval {trained.out}\n"
        f"the test accuracy {accuracy:.4f} is below --min-accuracy {accuracy + 0.01:g}\n"
    )


def test_a_finished_run_without_metrics(trained, tmp_path):
    out = tmp_path / "run"
    shutil.copytree(trained.out, out)
    (out / "metrics.jsonl").unlink()
    command = ("train", trained.config, "--out", out, "--resume")
    said = f"{out} is finished: 6 steps\nto judge it: cnn eval {out}\n"
    assert call(*command).stderr == said
    assert refusal(*command, "--min-accuracy", 0, status=2).endswith(
        "\nno test accuracy is recorded to compare with; `cnn eval` judges a run\n"
    )


def test_default_directories_and_resume(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("train", config, "--max-steps", 2).exit_code == 0
    assert call("train", config, "--max-steps", 1).exit_code == 0
    result = succeed("train", config, "--resume")
    assert result.stderr.startswith("resuming runs/tiny-2 after step 1\n")
    more = call("train", config, "--resume", "--epochs", 3)
    assert "resuming runs/tiny-2 after step 6\n" in more.stderr
    assert "epoch 3/3" in more.stderr
    other = succeed("train", config, "--resume", "--set", "name=other", "--max-steps", 1)
    assert other.stderr.startswith("runs/other-N is not a run yet: starting at step 0\n")
    assert (tmp_path / "runs/other-1/last.safetensors").exists()


def test_resume_without_a_checkpoint_starts_anew(trained, config, tmp_path):
    out = tmp_path / "early"
    out.mkdir()
    (out / "config.yaml").write_bytes((trained.out / "config.yaml").read_bytes())
    result = succeed("train", config, "--out", out, "--resume")
    assert result.stderr.startswith(f"{out} has no checkpoint yet: starting at step 0\n")


def test_resume_of_nothing_starts_anew(config, tmp_path):
    """So that one command line serves for the first attempt and for all others."""
    out = tmp_path / "new"
    result = succeed("train", config, "--out", out, "--resume")
    assert result.stderr.startswith(f"{out} is not a run yet: starting at step 0\n")
    again = call("train", config, "--out", out, "--resume")
    assert again.stderr.startswith(f"{out} is finished: 6 steps, test accuracy 0.")


def test_a_directory_with_a_run_is_refused_before_the_data_is_read(trained, tmp_path):
    missing = write_config(tmp_path, data=f"{{name: cifar10, root: {tmp_path}}}")
    assert refusal("train", missing, "--no-download", "--out", trained.out, status=2) == (
        f"{trained.out} holds a run already; --resume continues it, another --out starts anew\n"
    )


def test_resume_refuses_another_seed(config, tmp_path):
    out = tmp_path / "run"
    call("train", config, "--out", out, "--max-steps", 2)
    assert refusal("train", config, "--out", out, "--resume", "--seed", 7, status=2) == (
        "--set train.seed=7: train.seed: a run cannot change this when it is resumed: it was 0, "
        "and is 7.\n  Start a new run with another --out.\n"
    )


@pytest.mark.parametrize(("least", "status"), [(0, 0), (0.999, 1), ("nan", 1)])
def test_min_accuracy(config, tmp_path, least, status):
    result = call(
        "train", config, "--out", tmp_path / "run", "--max-steps", 1, "--min-accuracy", least
    )
    assert result.exit_code == status
    accuracy = RESULT.fullmatch(result.stdout)[1]
    if status:
        assert result.stderr.endswith(
            f"the test accuracy {accuracy} is below --min-accuracy {least}\n"
        )


def test_all_faults_before_any_image(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        "data: {name: cifar10, root: nowhere}\narchitecture: INPUT-POOL(F=5)-FC\n"
        "train: {epochs: 0, optimizer: {rate: 1}}\n"
    )
    stderr = refusal("train", path, status=2)
    assert [line.split(": ")[0] for line in stderr.splitlines() if "bad.yaml" in line] == [
        f"{path}:2:21", f"{path}:3:17", f"{path}:3:32",
    ]  # fmt: skip


def test_faults_of_the_sections_stand_beside_those_of_the_network(tmp_path):
    path = write_config(
        tmp_path,
        data=f"{{name: digits, root: {tmp_path}, size: 8x8x1}}",
        architecture="INPUT-POOL(F=5)-FC",
    )
    stderr = refusal("train", path, "--set", "train.early_stopping.metric=f1", status=2)
    assert re.findall(r"^\S.*?: (\S+): ", stderr, re.M) == [
        "train.early_stopping.metric", "data.size", "architecture",
    ]  # fmt: skip
    path.write_text("architecture: INPUT(8x8x1)-POOL(F=5)-FC-3\n")
    stderr = refusal("train", path, status=2)
    assert "there is no data set to train on; add data: cifar10 or another\n" in stderr
    assert "pool1: F=5, S=2, P=0 do not fit" in stderr


def test_data_that_is_missing(tmp_path):
    path = write_config(tmp_path, data=f"{{name: cifar10, root: {tmp_path}}}")
    assert refusal("train", path, "--no-download", "--out", tmp_path / "run", status=3) == (
        f"{tmp_path}: cifar10 is not there (cifar-10-batches-bin/, cifar-10-batches-py/ or an "
        "archive); get it with `cnn data fetch cifar10`, or put cifar-10-binary.tar.gz or "
        "cifar-10-python.tar.gz there, from https://www.cs.toronto.edu/~kriz/cifar.html\n"
    )
    assert not (tmp_path / "run").exists()


def test_a_stand_in_is_never_silent(on_stand_in):
    result = on_stand_in.result
    assert result.exit_code == 0, result.stderr
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"warning: {on_stand_in.folder}: cifar10 is not there")
    assert lines[1] == (
        "warning: using the stand-in 'patterns' instead: drawn figures, not cifar10"
    )
    assert lines[-3] == ("warning: trained and tested on the stand-in 'patterns', not on cifar10")
    assert result.stdout.startswith("patterns, test split, 2,000 images: ")
    about = json.loads((on_stand_in.out / "run.json").read_text())
    assert about["data"]["name"] == "patterns"
    assert about["data"]["stand_in_for"] == "cifar10"
    for line in (on_stand_in.out / "metrics.jsonl").read_text().splitlines():
        assert json.loads(line)["dataset"] == "patterns"


def test_a_resumed_stand_in_stays_one(on_stand_in):
    result = call("train", on_stand_in.config, "--out", on_stand_in.out, "--resume", "--epochs", 2)
    assert result.exit_code == 0, result.stderr
    lines = result.stderr.splitlines()
    assert lines[:3] == [
        "changed since step 2:",
        "  - train.epochs: 1",
        "  + train.epochs: 2  (this command)",
    ]
    assert lines[4] == "warning: this run was trained on the stand-in 'patterns', not on cifar10"
    assert lines[-3] == "warning: trained and tested on the stand-in 'patterns', not on cifar10"


def test_divergence(config, tmp_path):
    result = call(
        "train", config, "--out", tmp_path / "run", "--set", "train.optimizer.lr=1e38",
        "--set", "train.schedule=constant",
    )  # fmt: skip
    assert result.exit_code == 5
    assert re.search(
        r"training diverged in step 2 at learning rate 1e\+38: the loss is nan, first in the "
        r"output of batchnorm1; nothing was saved yet\.\n"
        r"Try a smaller train\.optimizer\.lr, a warm-up, or train\.clip_norm: 1\.\n$",
        result.stderr,
    )


def test_a_directory_that_cannot_be_made(config, tmp_path):
    (tmp_path / "file").write_text("")
    stderr = refusal("train", config, "--out", tmp_path / "file" / "run", status=6)
    assert stderr.endswith("could not be made: Not a directory\n")


@pytest.mark.parametrize(
    ("data", "architecture", "used"),
    [
        (None, "INPUT-CONV3-4-RELU-POOL-FC", "digits"),
        ("{name: cifar10, root: nowhere}", "INPUT-POOL(F=8,S=8)-FC", "noise"),
        (
            "{name: cifar10, root: nowhere, stand_in: patterns}",
            "INPUT-POOL(F=8,S=8)-FC",
            "patterns, the stand-in for cifar10",
        ),
        ("{name: mnist, root: nowhere}", "INPUT-POOL(F=4,S=4)-FC-SOFTMAX", "noise"),
    ],
)
def test_smoke(tmp_path, monkeypatch, data, architecture, used):
    monkeypatch.chdir(tmp_path)
    path = write_config(tmp_path, data=data, architecture=architecture)
    result = succeed("train", path, "--smoke")
    assert result.stdout.startswith(
        f"smoke run of tiny: a few images of {used}, test split, 48 images: "
    )
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.yaml"]


def test_preview(config, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    groups = "train.groups=[{layers: conv1, arrays: W, lr: 0}, {layers: BN, after: 1}]"
    schedule = "train.schedule={name: one-cycle, warmup: 0.5}"
    result = call("train", config, "--preview", "--set", groups, "--set", schedule)
    lines = result.stdout.splitlines()
    assert result.stderr == ""
    assert lines[:5] == [
        "              first  highest     last",
        "epoch  steps   rate     rate     rate  frozen",
        "-----  -----  -----  -------  -------  " + "-" * 40,
        "    1  1 - 3      0  0.03333  0.03333  conv1.W batchnorm1.gamma batchnorm1.beta",
        "    2  4 - 6   0.05     0.05        0  conv1.W",
    ]
    *_, about, short = lines
    assert re.fullmatch(r"6 steps of 32 images: about \d\.\d s on 2 threads", about)
    assert short == short_steps(config)
    alone = succeed("train", config, "--preview", "--threads", 1).stdout.splitlines()
    assert re.fullmatch(r"6 steps of 32 images: about \d\.\d s on 1 thread", alone[-1])
    assert [path.name for path in tmp_path.iterdir()] == ["tiny.yaml"]


def test_preview_neither_reads_nor_draws_images(tmp_path, monkeypatch):
    """Nor does it fetch any, whatever is done to them in training."""
    for place in (
        "cnncli.datasets.painting.draw",
        "cnncli.datasets.published.fetch",
        "cnncli.data.load.load",
        "cnncli.training.storage.resume.load",
    ):
        monkeypatch.setattr(place, lambda *a, **k: pytest.fail("takes images"))
    held = "validation: 0.1, sampler: balanced"
    data = f"{{name: cifar10, root: {tmp_path}, stand_in: patterns, {held}}}"
    config = write_config(tmp_path, data=data, architecture="INPUT-CONV3-4-RELU-POOL(F=4,S=4)-FC")
    changes = ("train.accumulate=2", "train.mixup=0.2", "data.augment=[flip, {crop: 4}]")
    sets = [word for change in changes for word in ("--set", change)]
    result = succeed("train", config, "--preview", "--no-download", *sets)
    assert "using the stand-in 'patterns' instead" in result.stderr
    assert "\n564 steps of 32 images: about " in result.stdout
    result = succeed("train", config, "--preview", *sets)
    assert result.stderr == (
        f"cifar10 is not in {tmp_path}: a run downloads it first (170,052,171 bytes)\n"
    )
    assert "\n2,814 steps of 32 images: about " in result.stdout
    assert refusal("train", config, "--preview", "--set", "data.limit=50000", status=2) == (
        f"cifar10 is not in {tmp_path}: a run downloads it first (170,052,171 bytes)\n"
        "--set data.limit=50000: data.limit: 50,000 training images asked for, 45,000 are there "
        "(50,000 less 5,000 for validation); ask for at most 45,000\n"
    )


PREVIEW = "--preview trains nothing: it goes neither with --smoke nor with --resume\n"
SMOKE = "--smoke is a run of its own: it cannot be combined with --resume\n"


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("--preview", "--smoke", PREVIEW),
        ("--preview", "--resume", PREVIEW),
        ("--smoke", "--resume", SMOKE),
    ],
)
def test_options_that_exclude_each_other(config, one, other, message):
    assert refusal("train", config, one, other, status=2) == message


def test_smoke_without_a_data_set(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("architecture: INPUT(9x7x2)-CONV-POOL(fit=crop)-FC-5\n")
    result = call("train", path, "--smoke", "--out", tmp_path / "run", "--min-accuracy", 1)
    assert result.exit_code == 1
    lines = (tmp_path / "run/metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["epoch", "test"]


def test_an_interrupted_process_can_be_resumed(config, tmp_path):
    out = tmp_path / "run"
    arguments = [sys.executable, "-m", "cnncli", "train", str(config), "--out", str(out)]
    process = subprocess.Popen(
        [*arguments, "--epochs", "5000"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    while not (out / "last.safetensors").exists():
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=30)
    assert process.returncode == 130
    again = f"to go on: cnn train {config} --out {out} --epochs 5000 --resume\n"
    saved = rf"interrupted after step \d+, saved in {out}/last.safetensors\n"
    assert re.search(rf"{saved}{re.escape(again)}$", messages)
    succeed("train", config, "--out", out, "--resume", "--epochs", 1)


def test_uneven_classes_and_their_remedies(tmp_path):
    """Told with the counts before training, and by `cnn eval` where a class is never found."""
    labels, file = np.repeat([0, 1], [60, 3]), tmp_path / "own.npz"
    rng = np.random.default_rng(0)
    pictures = np.tile(rng.integers(0, 200, (4, 4, 1), dtype=np.uint8), (2, 63, 1, 1, 1))
    pictures[..., 0, 0, 0] = rng.permutation(126).reshape(2, 63)  # as no two images are alike

    def write(brighter):
        """Ships are cats, so much brighter."""
        train, test = pictures + np.uint8(brighter) * labels.astype(np.uint8).reshape(-1, 1, 1, 1)
        np.savez(file, x_train=train, y_train=labels, x_test=test, y_test=labels)

    data = f"{{name: npz, root: {file}, classes: [cat, ship]}}"
    config = write_config(tmp_path, data=data, architecture="INPUT-FC")
    write(brighter=0)
    lines = succeed("train", config, "--out", tmp_path / "none", "--epochs", 20).stderr.splitlines()
    uneven = (
        "warning: 60 training images are of cat, and 3 of ship: classes with few images are easily "
        "not learned; data.sampler: balanced or train.class_weights: balanced makes all count alike"
    )
    never = (
        "warning: the network takes no image of the test split for ship (3 images); it may need "
        "more epochs, or, for a class with few training images, data.sampler: balanced or "
        "train.class_weights: balanced"
    )
    assert [line for line in lines if "warning" in line] == [uneven, never]
    assert succeed("eval", tmp_path / "none").stderr == f"{never}\n"
    write(brighter=50)
    for number, remedy in enumerate(("data.sampler=balanced", "train.class_weights=balanced")):
        out = tmp_path / f"remedy-{number}"
        result = succeed("train", config, "--out", out, "--set", remedy, "--epochs", 20)
        assert "warning" not in result.stderr
