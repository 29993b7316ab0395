"""`cnn import` of weights: a checkpoint that other commands take."""

import json

import numpy as np
import pytest
from PIL import Image

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import refusal, succeed
from tests.exchange.torchvision.tiny import scores, write

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@pytest.fixture
def given(tmp_path, monkeypatch):
    """The configuration, the file of weights and its arrays, in the current directory."""
    monkeypatch.chdir(tmp_path)
    return write(tmp_path)


def test_a_checkpoint(given, tmp_path):
    """Its classes have names, and `cnn predict` gives an image the scores of the weights."""
    config, weights, state = given
    (tmp_path / "names.txt").write_text("ant\nbee\ncat\ndog\nelk\n")
    options = ("--out", "own.safetensors", "--classes", "names.txt")
    result = succeed("import", weights, "--config", config, *options)
    assert result.stdout == "4 layers, 721 parameters; 6x5x3 images, 5 classes\n"
    assert result.stderr == "saved in own.safetensors\n"
    pixels = np.random.default_rng(3).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("image.png")
    result = succeed("predict", "own.safetensors", "image.png", "--json")
    assert result.stderr == ""
    (found,) = json.loads(result.stdout)["predictions"]
    (s,) = scores(state, ((pixels / 255 - MEAN) / STD).transpose(2, 0, 1)[None])
    p = np.exp(s - s.max()) / np.exp(s - s.max()).sum()
    assert found["predicted"] == ["ant", "bee", "cat", "dog", "elk"][p.argmax()]
    assert found["probability"] == pytest.approx(p.max(), abs=1e-4)


def test_a_start(given, tmp_path):
    """Training begins with it, normalised as it was."""
    config, weights, _ = given
    succeed("import", weights, "--config", config, "--out", "own.safetensors")
    images = np.random.default_rng(4).integers(0, 256, (10, 5, 6, 3), dtype=np.uint8)
    np.savez("own.npz", x_train=images, y_train=np.arange(10) % 5)
    config.write_text(config.read_text() + "data: {name: npz, root: own.npz}\n")
    result = succeed(
        "train", config, "--start", "own.safetensors", "--max-steps", 1, "--threads", 1,
        "--out", "run",
    )  # fmt: skip
    assert "start: 7 of 7 arrays are those of own.safetensors" in result.stderr
    began = Checkpoint.load(tmp_path / "run" / "last.safetensors").data
    np.testing.assert_allclose(began.mean, 255 * np.array(MEAN))


def test_other_means(given, tmp_path):
    config, weights, _ = given
    options = ("--mean", "0.5", "--std", "0.25,0.5,1", "--out", "own.safetensors")
    succeed("import", weights, "--config", config, *options)
    data = Checkpoint.load(tmp_path / "own.safetensors").data
    assert (data.mean, data.std) == ((127.5,) * 3, (63.75, 127.5, 255.0))


REFUSALS = {
    ("w.pth", "--out", "own.yaml", "--config", "resnet18"): (
        "own.yaml: a checkpoint is written here; its name ends in .safetensors"
    ),
    ("w.pth", "--out", "own.safetensors"): (
        "w.pth: say of which network the weights are, like --config resnet18; cnn configs lists "
        "those that come with cnn"
    ),
    ("w.pth", "--out", "own.safetensors", "--config", "resnet18", "--fold"): (
        "w.pth: --fold is for models; weights come with a configuration"
    ),
    ("net.onnx", "--out", "own.yaml", "--config", "resnet18"): (
        "net.onnx: --config is for weights; a model has its own network"
    ),
    ("w.safetensors", "--out", "own.safetensors", "--config", "resnet81"): (
        "resnet81: there is no such file; did you mean resnet18, which comes with cnn?"
    ),
    ("w.safetensors", "--out", "own.safetensors", "--config", "resnet18", "--mean", "0.5"): (
        "--mean and --std go together"
    ),
}


@pytest.mark.parametrize("arguments", REFUSALS, ids=" ".join)
def test_usage(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert refusal("import", *arguments, status=2) == f"{REFUSALS[arguments]}\n"


def test_other_weights(given):
    config, weights, _ = given
    config.write_text(config.read_text().replace("FC-5", "FC-6"))
    options = ("--config", config, "--out", "own.safetensors")
    message = refusal("import", weights, *options, status=3)
    assert message == (
        f"{weights}: expected fc1.W of 6x120 for {config}, found fc.weight of 5x120; give the "
        "configuration of the network that they are of\n"
    )
