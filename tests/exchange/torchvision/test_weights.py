"""Weights of torchvision's names for a small network: its scores, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from cnncli.check.check import check_recorded
from cnncli.errors import DataError
from cnncli.exchange.torchvision.families import families
from cnncli.exchange.torchvision.weights import read_weights
from cnncli.shipped.configurations import names
from tests.exchange.torchvision.scoring import our_scores
from tests.exchange.torchvision.tiny import scores, write

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def silent(message):
    pytest.fail(message)


def test_scores(tmp_path):
    """Axes and rows are put in order, and images are normalised as for ImageNet."""
    config, weights, state = write(tmp_path)
    imported = read_weights(weights, config, silent)
    images = np.random.default_rng(1).integers(0, 256, (2, 5, 6, 3), dtype=np.uint8)
    x = ((images / 255 - MEAN) / STD).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(our_scores(imported, images), scores(state, x), 1e-4, 1e-4)


def test_the_checkpoint(tmp_path):
    """It has the configuration with data.mean and data.std, and the digest of the file."""
    config, weights, _ = write(tmp_path)
    checkpoint = read_weights(weights, config, silent).checkpoint
    spec, _ = check_recorded(checkpoint.config, Path("config.yaml")).network()
    assert (spec.data.mean, spec.data.std) == (MEAN, STD)
    assert (spec.data.name, spec.data.resize) == ("folder", "crop")
    assert checkpoint.data.mean == tuple(255 * value for value in MEAN)
    assert checkpoint.data.std == tuple(255 * value for value in STD)
    assert checkpoint.data.classes == ("0", "1", "2", "3", "4")
    assert len(checkpoint.data.digest) == 64


def test_other_means(tmp_path):
    """What is given, then what the configuration says, then the family's."""
    config, weights, _ = write(tmp_path)
    images = np.zeros((10, 5, 6, 3), np.uint8)
    np.savez(tmp_path / "own.npz", x_train=images, y_train=np.arange(10) % 5)
    data = "data: {name: npz, root: own.npz, mean: 0.25, std: 0.5}\n"
    config.write_text(config.read_text() + data)
    imported = read_weights(weights, config, silent)
    assert (imported.spec.data.mean, imported.spec.data.std) == ((0.25,), (0.5,))
    assert imported.stats == ((63.75,) * 3, (127.5,) * 3)
    other = imported.normalised((0.5, 0.25, 0.0), (1.0,))
    assert (other.spec.data.mean, other.spec.data.std) == ((0.5, 0.25, 0.0), (1.0,))
    assert other.stats == ((127.5, 63.75, 0.0), (255.0,) * 3)
    config.write_text(config.read_text().replace("mean: 0.25, std: 0.5", "normalise: false"))
    assert read_weights(weights, config, silent).stats is None


@pytest.mark.parametrize("dtype", [np.float16, np.float64])
def test_other_numbers(dtype, tmp_path):
    """Become float32."""
    weight = np.random.default_rng(2).normal(size=(5, 120)).astype(dtype)
    config, weights, _ = write(tmp_path, **{"fc.weight": weight})
    found = read_weights(weights, config, silent).arrays["fc1.W"]
    assert found.dtype == np.float32
    rows = weight.reshape(5, 4, 5, 6).transpose(2, 3, 1, 0).reshape(120, 5)
    np.testing.assert_array_equal(found, rows.astype(np.float32))


def test_what_only_training_has(tmp_path):
    """A counter of batches is passed over without a word."""
    counter = {"bn1.num_batches_tracked": np.array(3)}
    config, weights, _ = write(tmp_path, **counter)
    read_weights(weights, config, silent)


KNOWN = ", ".join(sorted(name for family in families() for name in family.networks))
REFUSALS = {
    "missing": (
        {"bn1.running_var": None},
        "expected batchnorm1.var of 4 for {config}, found fc.weight of 5x120; give the "
        "configuration of the network that they are of",
    ),
    "nothing more": (
        {"fc.bias": None},
        "expected fc1.b of 5 for {config}, found no more arrays; give the configuration of the "
        "network that they are of",
    ),
    "one more": (
        {"layer1.0.conv1.weight": np.zeros((4, 4, 3, 3), np.float32)},
        "expected fc1.W of 5x120 for {config}, found layer1.0.conv1.weight of 4x4x3x3; give the "
        "configuration of the network that they are of",
    ),
    "at the end": (
        {"fc.running_mean": np.zeros(5, np.float32)},
        "expected no more arrays for {config}, found fc.running_mean of 5; give the configuration "
        "of the network that they are of",
    ),
    "shape": (
        {"fc.weight": np.zeros((5, 119), np.float32)},
        "expected fc1.W of 5x120 for {config}, found fc.weight of 5x119; give the configuration of "
        "the network that they are of",
    ),
    "type": (
        {"fc.weight": np.zeros((5, 120), np.int32)},
        "expected float16, float32 or float64 in fc.weight, found I32; save it as float32",
    ),
    "not finite": (
        {"fc.bias": np.array([0, 0, np.nan, 0, 0], np.float32)},
        "expected finite numbers in fc.bias, found others; take other weights",
    ),
    "too large": (
        {"fc.bias": np.array([0, 0, 1e300, 0, 0])},
        "expected finite numbers in fc.bias, found others; take other weights",
    ),
    "a name": (
        {"backbone.conv1.weight": np.zeros(1, np.float32)},
        "expected names of a network of torchvision, found backbone.conv1.weight; there are "
        "configurations for the weights of {known}",
    ),
    "a hostile name": (
        {"\x1b[31m::error::" + "x" * 1000: np.zeros(1, np.float32)},
        "expected names of a network of torchvision, found ?[31m::error::{more} ...; there are "
        "configurations for the weights of {known}",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_other_weights(case, tmp_path):
    changes, message = REFUSALS[case]
    config, weights, _ = write(tmp_path, **changes)
    with pytest.raises(DataError) as caught:
        read_weights(weights, config, silent)
    known = " and ".join(KNOWN.rsplit(", ", 1))
    expected = message.format(config=config, known=known, more="x" * 42)
    assert str(caught.value) == f"{weights}: {expected}"


def test_the_right_network(tmp_path):
    """AlexNet as torchvision has it is no AlexNet of the paper."""
    sizes = [(64, 3, 11), (192, 64, 5), (384, 192, 3), (256, 384, 3), (256, 256, 3)]
    state = {}
    for place, (K, C, F) in zip((0, 3, 6, 8, 10), sizes, strict=True):
        state[f"features.{place}"] = (K, C, F, F)
    for place, shape in ((1, (4096, 9216)), (4, (4096, 4096)), (6, (1000, 4096))):
        state[f"classifier.{place}"] = shape
    arrays = {f"{name}.weight": np.zeros(shape, np.float16) for name, shape in state.items()}
    arrays |= {f"{name}.bias": np.zeros(shape[0], np.float16) for name, shape in state.items()}
    weights = tmp_path / "alexnet.safetensors"
    save_file(arrays, weights)
    with pytest.raises(DataError) as caught:
        read_weights(weights, Path("alexnet"), silent)
    assert str(caught.value) == (
        f"{weights}: expected weights of alexnet, found those of alexnet_torchvision; "
        "say --config alexnet_torchvision"
    )


def test_a_name_belongs_to_one_family():
    """Each network comes with cnn, and stands in one family."""
    networks = [name for family in families() for name in family.networks]
    assert len(set(networks)) == len(networks)
    assert set(networks) <= set(names())
