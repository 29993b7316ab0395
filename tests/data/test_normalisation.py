"""A mean and a deviation that the configuration gives."""

from pathlib import Path

import numpy as np
import pytest

from cnncli.check.check import check_text
from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import call, succeed

FILE = Path("net.yaml")


def problems(data, image="8x8x3"):
    text = f"data: {{name: patterns, {data}}}\narchitecture: INPUT({image})-FC\n"
    return [str(problem) for problem in check_text(text, FILE).problems]


@pytest.mark.parametrize(
    ("values", "channels", "stored"),
    [("0.25", 1, [63.75]), ("[0.25]", 3, [63.75] * 3), ("[0.25, 0.5, 1]", 3, [63.75, 127.5, 255])],
)
def test_what_is_given_is_used_and_recorded(tmp_path, rng, values, channels, stored):
    images = rng.integers(0, 256, (10, 4, 4, channels), dtype=np.uint8)
    np.savez(tmp_path / "x.npz", x=images, y=[0] * 5 + [1] * 5)
    config = tmp_path / "net.yaml"
    config.write_text(
        f"data: {{name: npz, root: {tmp_path}/x.npz, mean: {values}, std: {values}}}\n"
        "architecture: INPUT-FC\ntrain: {epochs: 1, threads: 1}\n"
    )
    succeed("train", config, "--out", tmp_path / "run", "--quiet")
    data = Checkpoint.load(tmp_path / "run" / "last.safetensors").data
    assert data.mean == data.std == tuple(stored)
    other = config.read_text().replace(f"mean: {values}", "mean: 0.75")
    config.write_text(other)
    result = call("train", config, "--out", tmp_path / "run", "--resume")
    assert result.exit_code == 2
    assert "data.mean: a run cannot change this when it is resumed" in result.stderr


def test_one_of_the_two(tmp_path, rng):
    """The other is the training set's."""
    images = rng.integers(0, 256, (10, 4, 4), dtype=np.uint8)
    np.savez(tmp_path / "x.npz", x_train=images, y_train=[0, 1] * 5,
             x_test=images, y_test=[0, 1] * 5)  # fmt: skip
    config = tmp_path / "net.yaml"
    config.write_text(
        f"data: {{name: npz, root: {tmp_path}/x.npz, mean: 0.5}}\n"
        "architecture: INPUT-FC\ntrain: {epochs: 1, threads: 1}\n"
    )
    succeed("train", config, "--out", tmp_path / "run", "--quiet")
    data = Checkpoint.load(tmp_path / "run" / "last.safetensors").data
    assert data.mean == (127.5,)
    assert data.std == pytest.approx((images.std(),))


@pytest.mark.parametrize(
    ("value", "offered"),
    [
        ("[123.675, 116.28, 103.53]", "[0.485, 0.456, 0.406]"),
        ("127.5", "0.5"),
        ("1.5", "0.00588235"),
        ("255", "1.0"),
    ],
)
@pytest.mark.parametrize("key", ["mean", "std"])
def test_values_of_0_to_255(key, value, offered):
    (found,) = problems(f"{key}: {value}", "32x32x3")
    assert found == (
        f"net.yaml:1:{26 + len(key)}: data.{key}: {key} is {value}: write it in units where black "
        f"is 0 and white 1; of 0 to 255, this is {offered}"
    )
    assert problems(f"{key}: {offered}", "32x32x3") == []


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("mean: -0.1", "data.mean: mean must be numbers from 0 to 1, not -0.1"),
        ("std: [1, 0, 1]", "data.std: std must be numbers of at least 4e-06, not [1, 0, 1]"),
        ("mean: 256", "data.mean: mean is 256: write it in units where black is 0 and white 1"),
        ("mean: .nan", "data.mean: mean must be a finite number, not nan"),
        ("mean: []", "data.mean: mean must have at least 1 element"),
        (
            "std: x",
            "data.std: std must be a number of 0 to 1, or a list with one for each channel, "
            "not 'x'",
        ),
        (
            "std: [0.1, 0.2]",
            "data.std: 2 numbers, but the images have 3 channels.\n  Give one for each, or one for "
            "all.",
        ),
        (
            "mean: 0.5, normalise: false",
            "data.mean: normalise: false divides by 255 and by no mean; leave out one of the two",
        ),
    ],
)
def test_what_can_not_be(data, text):
    (found,) = problems(data, "32x32x3")
    assert found.endswith(f": {text}")
