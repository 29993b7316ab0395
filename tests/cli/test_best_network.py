"""Which network is the best one, by what, and where that is said."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cnncli.training.state import Best
from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import call, npz_config, refusal, succeed, write_config
from tests.training.recorded import metrics

CATS, SHIPS = 380, 20


@pytest.fixture(scope="module")
def ships(tmp_path_factory):
    """A configuration for 380 cats and 20 ships: noise, and in ships a square that is brighter."""
    folder, rng, arrays = tmp_path_factory.mktemp("ships"), np.random.default_rng(0), {}
    for part, cats, ships in (("train", CATS, SHIPS), ("test", CATS // 5, SHIPS // 5)):
        images = rng.integers(60, 140, (cats + ships, 8, 8, 1)).astype(np.uint8)
        images[cats:, 2:5, 2:5] += 45
        arrays |= {f"x_{part}": images, f"y_{part}": np.repeat([0, 1], [cats, ships])}
    np.savez(folder / "ships.npz", **arrays)
    path = folder / "ships.yaml"
    path.write_text(
        "data: {name: npz, root: ships.npz, validation: 80, classes: [cat, ship]}\n"
        "architecture: INPUT -> CONV3-4 -> RELU -> POOL -> FC\n"
        "train: {epochs: 12, batch_size: 20, threads: 1, seed: 3, optimizer: {lr: 0.002}}\n"
    )
    return path


def epochs_of(run):
    return [line for line in metrics(run) if line["kind"] == "epoch"]


def best_of(run):
    return Checkpoint.load(run / "best.safetensors").progress.best


def judged(path):
    return json.loads(succeed("eval", path, "--json").stdout)


def test_a_rare_class_is_not_lost_in_a_tie(ships, tmp_path):
    """Whoever takes all for cats is right in 0.95: the first epoch is. The loss goes on falling."""
    run = tmp_path / "run"
    said = succeed("train", ships, "--out", run).stderr
    epochs = epochs_of(run)
    accuracies = [line["validation_accuracy"] for line in epochs]
    assert set(accuracies) == {0.95}
    losses = [line["validation_loss"] for line in epochs]
    number = losses.index(min(losses)) + 1
    assert number > 6
    line = f"best network: epoch {number} of 12, by validation accuracy 0.9500"
    assert line in said.splitlines()
    found = judged(run)
    assert found["step"] == epochs[number - 1]["step"]
    assert found["best"] == {
        "metric": "validation_accuracy",
        "accuracy": 0.95,
        "loss": min(losses),
        "epoch": number,
        "step": found["step"],
    }
    assert found["per_class"][0] > 0.95
    assert found["per_class"][1] >= 0.5
    assert metrics(run)[-1]["test_accuracy"] == found["accuracy"] > 0.95
    about = json.loads((run / "run.json").read_text())
    assert about["best"] == "validation_accuracy"
    assert about["ended"] == {
        "reason": "all epochs are done",
        "epoch": 12,
        "step": 192,
        "best_epoch": number,
        "early_stopping": None,
    }


STOPPING = "train.early_stopping={metric: validation_loss, patience: 9}"


@pytest.fixture
def digits(tmp_path):
    """digits(*overrides): trains a run whose losses and accuracies are best in other epochs."""
    config, run = write_config(tmp_path), tmp_path / "run"
    base = ("train", config, "--out", run, "--set", "train.schedule=constant", "--threads", "1")

    def train(*overrides, epochs=6, resume=False):
        options = [part for override in overrides for part in ("--set", override)]
        more = ("--resume",) if resume else ()
        return succeed(
            *base, "--set", "train.optimizer.lr=0.2", "--epochs", epochs, *options, *more
        )

    train.run = run
    return train


def right(epochs, metric):
    """The best line, by the definition."""
    keys = {
        "validation_loss": lambda line: (-line["validation_loss"], line["validation_accuracy"]),
        "validation_accuracy": lambda line: (line["validation_accuracy"], -line["validation_loss"]),
    }
    return max(epochs, key=keys[metric])  # the first of those alike


@pytest.mark.parametrize(
    ("overrides", "metric"),
    [
        ((), "validation_accuracy"),
        (("train.best=validation_loss",), "validation_loss"),
        ((STOPPING,), "validation_loss"),
        ((STOPPING, "train.best=validation_accuracy"), "validation_accuracy"),
        ((STOPPING.replace("validation", "train"),), "validation_accuracy"),
    ],
)
def test_the_metric_that_chooses(digits, overrides, metric):
    said = digits(*overrides).stderr
    line = right(epochs_of(digits.run), metric)
    best = best_of(digits.run)
    assert best == Best(
        metric, line["validation_accuracy"], line["validation_loss"], line["epoch"], line["step"]
    )
    words = f"by {metric.replace('_', ' ')} {line[metric]:.4f}"
    assert f"best network: epoch {line['epoch']} of 6, {words}\n" in said
    assert json.loads((digits.run / "run.json").read_text())["best"] == metric
    text = succeed("eval", digits.run).stdout.splitlines()
    assert text[1] == f"best network: epoch {line['epoch']}, {words}"
    last = judged(digits.run / "last.safetensors")
    assert ("best" in last) == (line["epoch"] == 6)


def test_the_metrics_of_these_runs_choose_other_epochs(digits):
    """So that the tests here tell them apart."""
    digits()
    epochs = epochs_of(digits.run)
    assert len({right(epochs, m)["epoch"] for m in ("validation_loss", "validation_accuracy")}) == 2


def test_a_resumed_run_keeps_its_metric(digits):
    """Though the file watches another one by then, or names none any more."""
    digits("train.best=validation_loss", epochs=3)
    said = digits("train.early_stopping={metric: validation_accuracy}", resume=True).stderr
    assert "train.best" not in said
    best, line = best_of(digits.run), right(epochs_of(digits.run), "validation_loss")
    assert (best.metric, best.epoch) == ("validation_loss", line["epoch"])


@pytest.mark.parametrize("first", [(), ("train.best=validation_accuracy",)])
def test_another_metric_begins_a_new_best(digits, first):
    digits(*first, epochs=3)
    said = digits("train.best=validation_loss", resume=True).stderr
    was = "  - train.best: validation_accuracy\n" if first else ""
    assert said.startswith(
        f"changed since step 9:\n{was}  + train.best: validation_loss  (this command)\n"
        "  - train.epochs: 3\n  + train.epochs: 6              (this command)\n"
        "  the best network is looked for anew, by validation loss\n"
    )
    best, line = best_of(digits.run), right(epochs_of(digits.run)[3:], "validation_loss")
    assert (best.metric, best.epoch) == ("validation_loss", line["epoch"])
    again = digits("train.best=validation_loss", epochs=7, resume=True).stderr
    assert "anew" not in again


def test_a_run_that_recorded_the_accuracy_alone_keeps_its_rule(ships, tmp_path):
    """The first epoch of a tie: as such a version would have gone on."""
    run = tmp_path / "run"
    succeed("train", ships, "--out", run, "--epochs", 4, "--max-steps", 40)
    for name in ("best", "last"):
        path = run / f"{name}.safetensors"
        kept = Checkpoint.load(path)
        former = Best(accuracy=kept.progress.best.accuracy)
        replace(kept, progress=replace(kept.progress, best=former)).save(path)
    first = Checkpoint.load(run / "best.safetensors").progress.step
    said = succeed("train", ships, "--out", run, "--epochs", 4, "--resume").stderr
    assert f"best network: epoch {first // 16} of 4, by validation accuracy 0.9500\n" in said
    assert Checkpoint.load(run / "best.safetensors").progress.step == first
    assert json.loads((run / "run.json").read_text())["ended"]["best_epoch"] == first // 16
    assert "best network" not in succeed("eval", run).stdout
    more = ("--resume", "--set", "train.best=validation_accuracy", "--epochs", 6)
    assert "looked for anew" in succeed("train", ships, "--out", run, *more).stderr
    assert best_of(run).metric == "validation_accuracy"


def test_without_images_held_out_there_is_no_best_network(tmp_path):
    config, run = npz_config(tmp_path), tmp_path / "run"
    assert "best network" not in succeed("train", config, "--out", run).stderr
    assert not (run / "best.safetensors").exists()
    about = json.loads((run / "run.json").read_text())
    assert (about["best"], about["ended"]["best_epoch"]) == (None, None)
    assert "best" not in judged(run)
    said = refusal("train", config, "--set", "train.best=validation_loss", status=2)
    assert said == (
        "--set train.best=validation_loss: train.best: no images are held out to choose the best "
        "network by.\n"
        "  Set data.validation to the number of images to hold out for it, or leave train.best "
        "out.\n"
    )
    both = ("--set", "train.best=validation_loss", "--set", "data.validation=6")
    assert call("train", config, "--out", tmp_path / "other", *both).exit_code == 0


@pytest.mark.parametrize(
    "override", ["train.best=validation_loss", "train.early_stopping.metric=validation_loss"]
)
def test_images_for_validation_that_a_former_version_did_not_read(tmp_path, override):
    """A set that has such images now, and a run that began without: none are held out from it."""
    config, run = npz_config(tmp_path), tmp_path / "run"
    succeed("train", config, "--out", run, "--max-steps", 1)
    last = run / "last.safetensors"
    kept = Checkpoint.load(last)
    replace(kept, data=replace(kept.data, draw=None, damaged=None)).save(last)
    arrays = dict(np.load(tmp_path / "own.npz"))
    np.savez(tmp_path / "own.npz", **arrays, x_val=arrays["x_test"], y_val=arrays["y_test"])
    resume = ("train", config, "--out", run, "--resume", "--set", override)
    key = override.split("=")[0]
    said = refusal(*resume, status=2)
    assert f"--set {override}: {key}: no " in said
    assert "Set data.validation to the number of images to hold out for it" in said
