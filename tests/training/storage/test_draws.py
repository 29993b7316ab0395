"""What a run was tested on and validated with stays so: the draws are recorded, and compared."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import call, refusal, succeed
from tests.datasets.reading import get, to_test
from tests.training.drawn_sets import write_archive, write_folder


@pytest.fixture(params=["folder", "npz"])
def config(request, tmp_path):
    root = tmp_path / ("set" if request.param == "folder" else "set.npz")
    (write_folder if request.param == "folder" else write_archive)(root)
    skip = "damaged: skip, " if request.param == "folder" else ""
    path = tmp_path / "c.yaml"
    path.write_text(
        f"data: {{name: {request.param}, root: {root}, {skip}validation: 6, split_seed: 3}}\n"
        "architecture: INPUT-CONV(K=3)-RELU-FC\n"
        "train: {epochs: 3, batch_size: 8, threads: 1, kernels: direct}\n"
    )
    return path


def lines(run):
    found = map(json.loads, (run / "metrics.jsonl").read_text().splitlines())
    return [{k: v for k, v in line.items() if k not in ("seconds", "images_per_second")}
            for line in found]  # fmt: skip


def test_a_run_goes_on(config, tmp_path):
    whole, half = tmp_path / "whole", tmp_path / "half"
    succeed("train", config, "--out", whole, "--quiet")
    succeed("train", config, "--out", half, "--quiet", "--max-steps", "5")
    succeed("train", config, "--out", half, "--quiet", "--resume")
    assert lines(whole) == lines(half)
    data = Checkpoint.load(whole / "last.safetensors").data
    recorded = json.loads((whole / "run.json").read_text())["data"]
    for key, draw in (("held_out", data.draw), ("to_test", data.test_draw)):
        assert recorded[key] == {"rule": "by class", "seed": 3, "sha256": draw.sha256}
    tested = json.loads(call("eval", whole, "--json").stdout)
    assert {key: lines(whole)[-1][f"test_{key}"] for key in ("images", "loss", "accuracy")} == {
        key: tested[key] for key in ("images", "loss", "accuracy")
    }


def test_another_seed_of_training_changes_no_part(config, tmp_path):
    for seed in (0, 1):
        options = ("--set", f"train.seed={seed}", "--max-steps", "1", "--quiet")
        succeed("train", config, "--out", tmp_path / str(seed), *options)
    first, second = (Checkpoint.load(tmp_path / f"{seed}/last.safetensors").data for seed in (0, 1))
    assert first == second


def test_another_split_seed_is_refused(config, tmp_path):
    run = tmp_path / "run"
    succeed("train", config, "--out", run, "--quiet", "--max-steps", "2")
    text = refusal(
        "train", config, "--out", run, "--resume", "--set", "data.split_seed=4", status=2
    )
    assert (
        "data.split_seed: a run cannot change this when it is resumed: it was 3, and is 4.\n"
        in text
    )
    succeed("train", config, "--out", tmp_path / "new", "--set", "data.split_seed=4",
            "--max-steps", "1", "--quiet")  # fmt: skip


@pytest.mark.parametrize(
    ("field", "what"), [("draw", "for validation"), ("test_draw", "to test on")]
)
def test_other_places_are_refused(config, tmp_path, field, what):
    run = tmp_path / "run"
    succeed("train", config, "--out", run, "--quiet", "--max-steps", "2")
    path = run / "last.safetensors"
    kept = Checkpoint.load(path)
    draw = replace(getattr(kept.data, field), sha256="0" * 64)
    replace(kept, data=replace(kept.data, **{field: draw})).save(path)
    name = "npz" if (tmp_path / "set.npz").exists() else "folder"
    text = refusal("eval", path, status=4)
    assert text == (
        f"{name}: the images held out {what} are not those of the checkpoint, by its record; "
        "continue it with the version of cnn that wrote it, or start a new run\n"
    )


def test_order_on_the_disk_is_nothing(tmp_path):
    """Files that were written in another order, as some systems list them, are drawn the same."""
    write_folder(tmp_path / "one")
    sets = {}
    for order, step in (("forward", 1), ("backward", -1)):
        for file in sorted((tmp_path / "one").rglob("*.pgm"))[::step]:
            copy = tmp_path / order / file.relative_to(tmp_path / "one")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
        sets[order] = get("folder", tmp_path / order, damaged="skip", validation=6)
    one, other = sets.values()
    assert (one.draw, one.test_draw, one.digest) == (other.draw, other.test_draw, other.digest)
    assert one.test.labels.tolist() == np.repeat(range(3), [22, 16, 11])[
        to_test(np.repeat(range(3), [22, 16, 11]))
    ].tolist()  # fmt: skip


def test_a_fold_goes_on(config, tmp_path):
    """To the same metrics; which one it is stands in the record, and cannot be changed."""
    whole, half = tmp_path / "whole", tmp_path / "half"
    fold = ("--quiet", "--set", "data.validation=0", "--set", "data.fold=2/3")
    succeed("train", config, "--out", whole, *fold)
    succeed("train", config, "--out", half, "--max-steps", "5", *fold)
    changed = call("train", config, "--out", half, "--resume", "--set", "data.fold=1/3")
    assert changed.exit_code == 2
    assert (
        "data.fold: a run cannot change this when it is resumed: it was 2/3, and is 1/3"
        in changed.stderr
    )
    succeed("train", config, "--out", half, "--quiet", "--resume")
    assert lines(whole) == lines(half)
    draw = Checkpoint.load(whole / "last.safetensors").data.draw
    recorded = json.loads((whole / "run.json").read_text())["data"]["held_out"]
    assert recorded == {"rule": "by class", "seed": 3, "sha256": draw.sha256, "fold": "2/3"}
    assert draw.fold == "2/3"
