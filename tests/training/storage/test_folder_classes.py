"""Runs on a folder go on with the classes of their checkpoint, whatever order is read today."""

import hashlib
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cnncli.check.check import check
from cnncli.errors import CheckpointError, DataError
from cnncli.training.storage.checkpoint import DataUsed
from cnncli.training.storage.resume import load_images
from tests.cli.commands import call, refusal, succeed
from tests.messages import error_text

PLAIN = ("1", "10", "2")
"""As runs of earlier versions have them."""


@pytest.fixture
def config(tmp_path):
    rng = np.random.default_rng(2)
    for name in PLAIN:
        (tmp_path / "set" / name).mkdir(parents=True)
        for i in range(11):
            array = rng.integers(0, 256, (5, 5, 3), dtype=np.uint8)
            Image.fromarray(array).save(tmp_path / "set" / name / f"{i}.png")
    path = tmp_path / "c.yaml"
    path.write_text(
        f"data: {{name: folder, root: {tmp_path / 'set'}, validation: 6}}\n"
        "architecture: INPUT-CONV(K=3)-RELU-FC\n"
        "train: {epochs: 4, batch_size: 8, threads: 1, kernels: direct}\n"
    )
    return path


@pytest.fixture
def former(config):
    """What an earlier version recorded: read here file by file, in the order of its rule."""
    sha, parts = hashlib.sha256(), ([], [])
    for label, name in enumerate(PLAIN):
        files = sorted((config.parent / "set" / name).iterdir())
        for i, file in enumerate(files):
            parts[i % 5 == 4].append((np.asarray(Image.open(file)), label))
    for part in parts:
        images, labels = np.stack([image for image, _ in part]), [label for _, label in part]
        sha.update(str(images.shape).encode() + images.tobytes())
        sha.update(np.array(labels, "<i8").tobytes())
    return DataUsed("folder", sha.hexdigest(), None, PLAIN, None, None), parts


def read(config, used):
    return load_images(check(config).spec, download=False, notify=pytest.fail, used=used)


def test_the_order_of_an_earlier_version(config, former):
    used, (_, test) = former
    dataset = read(config, used)
    assert (dataset.classes, dataset.digest) == (PLAIN, used.digest)
    np.testing.assert_array_equal(dataset.test.images, [image for image, _ in test])
    np.testing.assert_array_equal(dataset.test.labels, [label for _, label in test])


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"2": "two"}, "two instead of 2"),
        ({"2": "two", "10": "ten"}, "ten and two instead of 2 and 10"),
        ({"2": ".2"}, "no 2"),
    ],
)
def test_other_names_are_refused(config, former, changes, found):
    root = config.parent / "set"
    for name, other in changes.items():
        (root / name).rename(root / other)
    assert error_text(DataError, read, config, former[0]) == (
        f"{root}: expected the classes that the run began with, found {found}; name the folders as "
        "they were, or start a new run"
    )
    for name, other in changes.items():
        (root / other).rename(root / name)
    assert read(config, former[0]).classes == PLAIN


def test_names_that_were_exchanged(config, former):
    root = config.parent / "set"
    for name, other in (("1", "x"), ("2", "1"), ("x", "2")):
        (root / name).rename(root / other)
    current = replace(former[0], damaged=0)
    assert "the images are not those of the checkpoint" in error_text(
        DataError, read, config, current
    )


def test_what_an_earlier_version_did_not_read(config, former):
    root = config.parent / "set"
    (root / "2" / "more").mkdir()
    (root / "2" / "more" / "0.png").write_bytes((root / "2" / "0.png").read_bytes())
    text = error_text(CheckpointError, read, config, former[0])
    assert text.startswith(f"{root}: the images are not those of the checkpoint, SHA-256 ")
    assert text.endswith("laid out without these, or start a new run")
    (root / "2" / "more").rename(root / ".more")
    assert read(config, former[0]).digest == former[0].digest


def test_a_run_goes_on(config, tmp_path):
    whole, half = tmp_path / "whole", tmp_path / "half"
    succeed("train", config, "--out", whole, "--quiet")
    succeed("train", config, "--out", half, "--quiet", "--max-steps", "5")
    succeed("train", config, "--out", half, "--quiet", "--resume")
    ends = [
        json.loads((run / "metrics.jsonl").read_text().splitlines()[-1]) for run in (whole, half)
    ]
    assert ends[0] == ends[1]
    evaluated = json.loads(call("eval", half, "--json").stdout)
    assert evaluated["classes"] == ["1", "2", "10"]
    (tmp_path / "set" / "2").rename(tmp_path / "set" / "3")
    found = succeed("eval", half)
    assert "found 3 instead of 2" in found.stderr
    assert "left out, as the network does not know them: 3 (11 images)\n" in found.stderr


@pytest.mark.parametrize("change", ["background=black", "resize=pad"])
def test_how_images_are_decoded_stays(config, tmp_path, change):
    run = tmp_path / "run"
    size = ("--set", "data.size=4x4x3")
    succeed("train", config, "--out", run, "--quiet", "--max-steps", "2", *size)
    text = refusal(
        "train", config, "--out", run, "--resume", *size, "--set", f"data.{change}", status=2
    )
    key, value = change.split("=")
    assert f"data.{key}: a run cannot change this when it is resumed: it was " in text
    assert f"and is {value}." in text
