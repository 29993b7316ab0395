"""Whole networks as PyTorch modules: scores and gradients in float64, and text of hostile names."""

import ast
import runpy
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save_file

from cnncli.check.check import check
from cnncli.data.channel_stats import ChannelStats
from cnncli.exchange.taken import Taken
from cnncli.exchange.torch.module_text import write
from tests.graph.test_case_studies_torch import SIZES, step_of
from tests.graph.test_case_studies_torch import torch as torch  # a fixture

WEIGHTS = "network.safetensors"


def _taken(graph, arrays):
    """A network that gets its images normalised."""
    D = graph.image.D
    return Taken(graph, arrays, ChannelStats((0.0,) * D, (1.0,) * D), {})


@pytest.mark.parametrize(("name", "side"), SIZES)
def test_scores_and_gradients(name, side, torch, tmp_path):
    step = step_of(name, side)
    text, arrays = write(_taken(step.graph, step.arrays | step.averages), WEIGHTS)
    save_file(dict(arrays), tmp_path / WEIGHTS)
    (tmp_path / "network.py").write_text(text)
    found = runpy.run_path(str(tmp_path / "network.py"))
    assert not found["load"]().training
    network = found["Network"]().double()
    network.load_state_dict(found["load_file"](tmp_path / WEIGHTS))
    images = torch.tensor(step.images.array).permute(0, 3, 1, 2)
    close = {"rtol": 1e-7, "atol": 1e-9}
    scores = network.eval()(images).detach().numpy()
    if scores.ndim == 4:
        scores = scores.transpose(0, 2, 3, 1).reshape(2, -1)
    np.testing.assert_allclose(scores, step.scores, **close)
    found_scores = network.train()(images)
    labels = torch.tensor(step.images.labels)
    if found_scores.dim() == 4:
        found_scores = found_scores.permute(0, 2, 3, 1).flatten(1)
    loss = torch.nn.functional.cross_entropy(found_scores, labels)
    assert loss.item() == pytest.approx(step.loss, rel=1e-9)
    loss.backward()
    shaped = {key: g.reshape(step.arrays[key].shape) for key, g in step.gradient.items()}
    _, expected = write(_taken(step.graph, shaped | step.averages), WEIGHTS)
    for key, parameter in network.named_parameters():
        if parameter.requires_grad:
            gradient = parameter.grad.numpy()
            np.testing.assert_allclose(gradient, expected[key], rtol=1e-6, atol=1e-8, err_msg=key)


def test_the_text(tmp_path):
    config = tmp_path / "net.yaml"
    config.write_text(
        "architecture:\n"
        "  - INPUT(8x8x3)\n"
        "  - CONV3-4(name=first, bias=false) -> BN(scale=false) -> RELU\n"
        "  - POOL(F=3, P=1, fit=crop)\n"
        "  - CONV3-4 -> ADD(from=[-1, pool1]) -> FC-5 -> SOFTMAX\n"
    )
    taken = replace(Taken.of_configuration(*check(config).network()), classes=("a", "b\n"))
    assert write(taken, WEIGHTS).text == EXPECTED


EXPECTED = '''\
"""A network that cnn 0.1.0 has written for PyTorch, with its weights beside it."""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F


CLASSES = ["a", "b\\n"]


class Network(nn.Module):
    """Class scores of images (N, 3, 8, 8), whose numbers are those of the training set."""

    def __init__(self):
        super().__init__()
        self.register_buffer("scale", torch.empty(3, 1, 1))
        self.register_buffer("shift", torch.empty(3, 1, 1))
        self.first = nn.Conv2d(3, 4, 3, padding=1, bias=False)
        self.batchnorm1 = nn.BatchNorm2d(4, eps=1e-05, momentum=0.1)
        self.batchnorm1.weight.requires_grad_(False)
        self.conv2 = nn.Conv2d(4, 4, 3, padding=1)
        self.fc1 = nn.Linear(64, 5)

    def forward(self, images: Tensor) -> Tensor:
        x = images.to(self.scale.dtype) * self.scale + self.shift
        x = self.first(x)
        x = self.batchnorm1(x)
        x = F.relu(x)
        pool1 = F.max_pool2d(x, 3, 2, padding=1)
        x = self.conv2(pool1)
        x = x + pool1
        x = self.fc1(x.flatten(1))
        return x


def load(weights=Path(__file__).with_name("network.safetensors")):
    """The network with its weights, for evaluation."""
    network = Network()
    network.load_state_dict(load_file(weights))
    return network.eval()
'''

HOSTILE = [
    '"""\nimport os; os.system("touch hacked")\n"""',
    "x = __import__('os')",
    "{module}",
    "a\nb",
    "'); print('hacked",
    "\u202eevil",
    "\\",
    "#",
]


def test_hostile_names_run_nothing(tmp_path):
    """Of layers and classes, and of the file of weights."""
    graph = check(_config(tmp_path)).network()[1]
    names = dict(zip((node.name for node in graph.nodes), HOSTILE, strict=False))
    nodes = tuple(
        replace(node, name=names[node.name], inputs=tuple(names[name] for name in node.inputs))
        for node in graph.nodes
    )
    arrays = {
        f"{names[node.name]}.{short}": np.zeros(param.shape, np.float32)
        for node in graph.nodes
        for short, param in node.params.items()
    }
    taken = _taken(replace(graph, nodes=nodes, scores=names[graph.scores]), arrays)
    text, found = write(replace(taken, classes=tuple(HOSTILE)), 'w"""\nimport os.safetensors')
    assert text.isascii()
    calls = {ast.unparse(n.func) for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)}
    assert calls == {
        "super().__init__", "super", "self.register_buffer", "torch.empty", "nn.Conv2d",
        "nn.Linear", "images.to", "F.relu", "F.max_pool2d", "x.flatten", "Path", "Network",
        "Path(__file__).with_name", "network.load_state_dict", "load_file", "network.eval",
        *(f"self.{name.partition('.')[0]}" for name in found if name not in ("scale", "shift")),
    }  # fmt: skip


def _config(tmp_path):
    config = tmp_path / "net.yaml"
    config.write_text("architecture: INPUT(8x8x3)-CONV3-4-RELU-POOL-CONV3-4-RELU-POOL-FC-5\n")
    return config
