"""Torchvision's own networks with random weights and running statistics: scores are the same."""

import re
import zipfile

import numpy as np
import pytest

from cnncli.errors import DataError
from cnncli.exchange.torchvision.families import families
from cnncli.exchange.torchvision.weights import read_weights
from cnncli.text import ForeignPath
from tests.exchange.torchvision.own_models import own_models
from tests.exchange.torchvision.scoring import our_scores

models = own_models()
torch = pytest.importorskip("torch")
save_file = pytest.importorskip("safetensors.torch").save_file
pytestmark = pytest.mark.torchvision

NAMES = [name for family in families() for name in family.networks]
HALF_A_GIGABYTE = {"vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg19_bn"}
"""Files of weights that are like those of vgg11 and vgg16_bn."""
OPTIONS = {"googlenet": {"init_weights": False, "transform_input": True}}
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def model_of(config):
    """The network in evaluation, with every array drawn."""
    name = config.removesuffix("_torchvision")
    with torch.device("meta"):
        model = models.get_model(name, weights=None, **OPTIONS.get(name, {}))
    model = model.to_empty(device="cpu").eval()
    generator = torch.Generator().manual_seed(len(config))
    for key, tensor in model.state_dict().items():
        if key.endswith("running_var"):
            tensor.uniform_(0.5, 2, generator=generator)
        elif key.endswith("num_batches_tracked"):
            tensor.fill_(7)
        elif tensor.dim() > 1:
            fan_in = tensor[0].numel()
            tensor.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
        elif key.endswith("weight"):
            tensor.uniform_(0.5, 1.5, generator=generator)
        else:
            tensor.normal_(0, 0.2, generator=generator)
    return model


def saved(folder, state, name="weights.safetensors"):
    path = ForeignPath(folder / name)
    save_file(state, path)
    return path


def difference(found, expected):
    """The largest, as a share of the largest number."""
    assert found.shape == expected.shape
    return np.abs(found - expected).max() / np.abs(expected).max()


@pytest.mark.parametrize(
    "config",
    [pytest.param(n, marks=pytest.mark.slow) if n in HALF_A_GIGABYTE else n for n in NAMES],
)
def test_scores(config, tmp_path):
    model, notes = model_of(config), []
    path = saved(tmp_path, model.state_dict())
    imported = read_weights(path, ForeignPath(config), notes.append)
    assert len(notes) == (2 if config == "googlenet_torchvision" else 0)
    W, H, _ = imported.graph.image
    images = np.random.default_rng(1).integers(0, 256, (1, H, W, 3), dtype=np.uint8)
    x = ((images / 255 - MEAN) / STD).transpose(0, 3, 1, 2)
    with torch.no_grad():
        expected = model(torch.tensor(x, dtype=torch.float32)).numpy()
    for kernels, most in (("direct", 1e-5), ("auto", 2e-4)):
        assert difference(our_scores(imported, images, kernels), expected) <= most


@pytest.mark.parametrize(
    ("given", "config"),
    [
        ("resnet34", "resnet18"), ("resnet50", "resnet101"), ("resnext50_32x4d", "resnet50"),
        ("mobilenet_v3_small", "mobilenet_v3_large"), ("googlenet_torchvision", "googlenet"),
        ("densenet121", "densenet100"),
    ],
)  # fmt: skip
def test_another_network(given, config, tmp_path):
    path = saved(tmp_path, model_of(given).state_dict())
    with pytest.raises(DataError) as caught:
        read_weights(path, ForeignPath(config), lambda note: None)
    assert str(caught.value) == (
        f"{path}: expected weights of {config}, found those of {given}; say --config {given}"
    )


def test_a_network_of_another_family(tmp_path):
    path = saved(tmp_path, model_of("mobilenet_v2").state_dict())
    with pytest.raises(DataError) as caught:
        read_weights(path, ForeignPath("mobilenet_v3_large"), lambda note: None)
    assert "found those of mobilenet_v2; say --config mobilenet_v2" in str(caught.value)


def test_other_classes(tmp_path):
    state = models.resnet18(num_classes=10).state_dict()
    path = saved(tmp_path, state)
    with pytest.raises(DataError) as caught:
        read_weights(path, ForeignPath("resnet18"), pytest.fail)
    expected = "expected fc1.W of 1000x512 for resnet18, found fc.weight of 10x512;"
    assert expected in str(caught.value)


@pytest.mark.parametrize("is_new", [True, False])
def test_files_of_pytorch(is_new, tmp_path):
    state = model_of("mobilenet_v3_small").state_dict()
    path = tmp_path / "weights.pth"
    torch.save(state, path, _use_new_zipfile_serialization=is_new)
    config = ForeignPath("mobilenet_v3_small")
    expected = read_weights(saved(tmp_path, state), config, pytest.fail).arrays
    found = read_weights(path, config, pytest.fail).arrays
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


def test_old_names_of_densenet(tmp_path):
    """As in the file that torchvision offers for download."""
    state = model_of("densenet121").state_dict()
    pattern, old_name = r"(denselayer\d+\.(?:norm|conv))(\d)", r"\1.\2"
    old = {re.sub(pattern, old_name, key): tensor for key, tensor in state.items()}
    assert old.keys() != state.keys()
    config = ForeignPath("densenet121")
    found = read_weights(saved(tmp_path, old, "old.safetensors"), config, pytest.fail).arrays
    expected = read_weights(saved(tmp_path, state), config, pytest.fail).arrays
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array)


class Harm:
    """What a pickle would call."""

    def __reduce__(self):
        return (print, ("harm",))


REMEDY = "save the weights alone: torch.save(model.state_dict(), 'weights.pth')"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (lambda: models.mobilenet_v3_small(), "weights of PyTorch, found something else"),
        (lambda: {"a": Harm()}, "weights of PyTorch, found something else (UnpicklingError)"),
        (lambda: {"model": {"conv1.weight": torch.zeros(1)}}, "an array model, found dict"),
        (lambda: {"epoch": 3}, "an array epoch, found int"),
        (lambda: {3: torch.zeros(1)}, "weights by their names, found a name of type int"),
        (lambda: torch.zeros(1), "weights by their names, found Tensor"),
        (lambda: {}, "weights by their names, found dict"),
        (lambda: {"a": torch.eye(2).to_sparse()}, "an array a, found Tensor"),
    ],
    ids=["model", "code", "nested", "number", "names", "tensor", "empty", "sparse"],
)
def test_other_files_of_pytorch(content, message, tmp_path, capsys):
    path = tmp_path / "weights.pth"
    torch.save(content(), path)
    with pytest.raises(DataError) as caught:
        read_weights(path, ForeignPath("resnet18"), pytest.fail)
    assert str(caught.value).startswith(f"{path}: expected {message}")
    assert str(caught.value).endswith(f"; {REMEDY}")
    assert "harm" not in capsys.readouterr().out


def test_a_damaged_file_of_pytorch(tmp_path):
    whole, path = tmp_path / "whole.pth", tmp_path / "weights.pth"
    torch.save({"conv1.weight": torch.zeros(1000)}, whole)
    for content in (b"", b"x", whole.read_bytes()[:-300], whole.read_bytes()[300:]):
        path.write_bytes(content)
        with pytest.raises(DataError, match="expected weights of PyTorch, found something else"):
            read_weights(path, ForeignPath("resnet18"), pytest.fail)


@pytest.mark.parametrize("kind", ["safetensors", "pth"])
def test_bfloat16(kind, tmp_path):
    state = {key: tensor.bfloat16() for key, tensor in models.resnet18().state_dict().items()}
    path = saved(tmp_path, state)
    if kind == "pth":
        path = tmp_path / "weights.pth"
        torch.save(state, path)
    with pytest.raises(DataError) as caught:
        read_weights(path, ForeignPath("resnet18"), pytest.fail)
    found = {"safetensors": "BF16", "pth": "bfloat16"}[kind]
    assert str(caught.value) == (
        f"{path}: expected float16, float32 or float64 in conv1.weight, found {found}; "
        "save it as float32"
    )


def test_a_view_of_one_number(tmp_path):
    """A tensor that says to be large takes no memory before its shape is the network's."""
    state = models.resnet18().state_dict()
    state["fc.weight"] = torch.zeros(1).expand(10**12, 512)
    path = tmp_path / "weights.pth"
    torch.save(state, path)
    with pytest.raises(DataError, match=r"found fc\.weight of 1000000000000x512;"):
        read_weights(path, ForeignPath("resnet18"), pytest.fail)


def test_a_packed_archive(tmp_path):
    whole, path = tmp_path / "whole.pth", tmp_path / "weights.pth"
    torch.save({"conv1.weight": torch.zeros(100_000)}, whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, old.read(member))
    with pytest.raises(DataError) as caught:
        read_weights(path, ForeignPath("resnet18"), pytest.fail)
    expected = r"expected weights of PyTorch, found [\d,]+ bytes that grow to 40\d,\d+; save"
    assert re.search(expected, str(caught.value))
