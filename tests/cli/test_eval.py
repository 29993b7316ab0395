"""`cnn eval`: everything comes from the checkpoint."""

import gzip
import json
import re
import shutil
from dataclasses import replace

import pytest

from cnncli.inference import classifier
from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import DATA, NEVER, call, npz_config, refusal, succeed, write_config


def test_a_run_with_validation_is_judged_at_its_best(trained):
    result = succeed("eval", trained.out)
    assert result.stdout.startswith(trained.result.stdout)
    lines = result.stdout.splitlines()
    best, never = trained.result.stderr.splitlines(keepends=True)[5:7]
    assert lines.pop(1) == best.strip().replace(" of 2,", ",")
    assert lines[2].split() == [
        "class", "images", "precision", "recall", "F1", "most", "often", "taken", "for"
    ]  # fmt: skip
    assert len(lines) == 4 + 10 + 3 + 1 + 2 + 10
    assert result.stderr == never
    assert result.stderr.startswith(NEVER)


def test_no_more_threads_than_cores_unless_they_are_asked_for(trained, tmp_path, monkeypatch):
    """The run may have been on a machine with more."""
    out = tmp_path / "run"
    shutil.copytree(trained.out, out)
    for path in out.glob("*.safetensors"):
        kept = Checkpoint.load(path)
        text, changed = re.subn("threads: .*", "threads: 64", kept.config)
        assert changed == 1
        replace(kept, config=text).save(path)
    engine, used = classifier.Engine, []

    def noted(graph, *, threads, **options):
        used.append(threads)
        return engine(graph, threads=threads, **options)

    monkeypatch.setattr(classifier, "Engine", noted)
    monkeypatch.setattr(classifier, "available_threads", lambda: 2)
    assert call("eval", out).exit_code == call("eval", out, "--threads", 3).exit_code == 0
    assert used == [2, 3]


def test_json(trained):
    result = call("eval", trained.out, "--json")
    values = json.loads(result.stdout)
    assert set(values) >= {
        "dataset", "split", "images", "loss", "accuracy", "top5", "confusion", "classes",
    }  # fmt: skip
    assert values["dataset"] == "digits"
    assert values["split"] == "test"
    assert values["images"] == 359 == sum(map(sum, values["confusion"]))
    right = sum(values["confusion"][k][k] for k in range(10))
    assert values["accuracy"] == right / 359
    assert values["checkpoint"] == str(trained.out / "best.safetensors")


@pytest.mark.parametrize(("classes", "is_told"), [(5, False), (6, True)])
def test_the_five_best_of_five(tmp_path, classes, is_told):
    """On the screen, in JSON and in the metrics."""
    config, out = npz_config(tmp_path, classes=classes), tmp_path / "run"
    trained = succeed("train", config, "--out", out)
    *_, test = map(json.loads, (out / "metrics.jsonl").read_text().splitlines())
    said = [
        "top-5" in trained.stdout,
        "top-5" in succeed("eval", out).stdout,
        "top5" in json.loads(succeed("eval", out, "--json").stdout),
        "test_top5" in test,
    ]
    assert said == [is_told] * 4


@pytest.mark.parametrize("validation", [64, 0])
@pytest.mark.parametrize("average", ["ema", "{name: lookahead, every: 2}"])
def test_the_average_is_judged_in_all_views_as_in_training(tmp_path, average, validation):
    data = f"{{name: digits, root: {DATA}, limit: 96, validation: {validation}, views: [flip]}}"
    config, out = write_config(tmp_path, data=data), tmp_path / "run"
    trained = succeed("train", config, "--out", out, "--set", f"train.average={average}")
    assert call("eval", out).stdout.startswith(trained.stdout)
    plain = call("eval", out, "--plain").stdout
    assert plain.splitlines()[0] != trained.stdout.rstrip()


@pytest.mark.parametrize(("split", "images"), [("train", 96), ("validation", 64)])
def test_other_splits_and_checkpoints(trained, split, images):
    result = call("eval", trained.out / "last.safetensors", "--split", split, "--json")
    assert json.loads(result.stdout)["images"] == images


def test_no_validation_split(on_stand_in):
    stderr = refusal("eval", on_stand_in.out, "--split", "validation", status=2)
    assert stderr.endswith("no validation split: set data.validation to the images to hold out\n")


def test_a_stand_in_says_so(on_stand_in):
    result = call("eval", on_stand_in.out, "--json")
    values = json.loads(result.stdout)
    assert (values["dataset"], values["stand_in_for"]) == ("patterns", "cifar10")
    assert result.stderr == "warning: 'patterns' is a stand-in for cifar10\n"


def test_missing_and_damaged_checkpoints(trained, tmp_path):
    missing = refusal("eval", tmp_path / "none", status=4)
    assert missing == f"{tmp_path / 'none'}: there is no such checkpoint\n"
    stderr = refusal("eval", tmp_path, status=4)
    assert stderr == f"{tmp_path}: there is no checkpoint in this directory\n"
    damaged = tmp_path / "x.safetensors"
    damaged.write_bytes((trained.out / "last.safetensors").read_bytes()[:-10])
    assert refusal("eval", damaged, status=4).startswith(f"{damaged}: the file is damaged: ")


def test_data_that_went_away_or_changed(trained, tmp_path):
    gone = call("eval", trained.out, "--data", tmp_path)
    assert gone.exit_code == 3
    moved = tmp_path / "moved"
    shutil.copytree(DATA / "digits", moved / "digits")
    assert call("eval", trained.out, "--data", moved).exit_code == 0
    labels = next((moved / "digits").glob("*labels*"))
    content = bytearray(gzip.decompress(labels.read_bytes()))
    content[8] = (content[8] + 1) % 10
    labels.write_bytes(gzip.compress(bytes(content)))
    changed = succeed("eval", trained.out, "--data", moved)
    assert changed.stderr.startswith(
        "warning: digits: the images are not those of the checkpoint: expected SHA-256 "
    )
    assert changed.stderr.splitlines()[1] == (
        "warning: judged all the same, on the 359 images that are there now: the test split"
    )
    assert changed.stdout.startswith("digits, test split, 359 images: ")
    held = refusal("eval", trained.out, "--data", moved, "--split", "validation", status=3)
    assert held.startswith("digits: the images are not those of the checkpoint: ")


def test_data_of_ones_own_that_was_moved(tmp_path):
    """The network is built from the configuration, which looks at the files."""
    trained = succeed("train", npz_config(tmp_path), "--out", tmp_path / "run", "--quiet")
    second = tmp_path / "second.npz"
    (tmp_path / "own.npz").rename(second)
    assert call("eval", tmp_path / "run").exit_code == 3
    moved = succeed("eval", tmp_path / "run", "--data", second)
    assert moved.stdout.startswith(trained.stdout.replace("npz", str(second), 1))
