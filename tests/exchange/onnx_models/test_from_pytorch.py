"""Networks as both of PyTorch's exporters write them, with all that they make of single layers."""

import warnings
from copy import deepcopy

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("torch")

import torch
from torch import nn
from torch.nn import functional as F

from cnncli.data.channel_stats import ChannelStats
from cnncli.exchange.onnx_models.reading.read_network import read_network
from cnncli.exchange.taken import Taken
from tests.exchange.onnx_models.agreement import our_scores
from tests.exchange.onnx_models.scoring import difference

pytestmark = pytest.mark.onnx


class Calls(nn.Module):
    """A function of what it holds, and of images."""

    def __init__(self, function, *layers):
        super().__init__()
        self.function, self.layers = function, nn.ModuleList(layers)

    def forward(self, x):
        return self.function(x, *self.layers)


def conv(C=3, K=8, F=3, **options):
    return nn.Conv2d(C, K, F, **options)


def channels_last(x, norm):
    return norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def gated(x, squeeze, excite):
    return x * F.hardsigmoid(excite(F.relu(squeeze(F.adaptive_avg_pool2d(x, 1)))))


def gated_by_vectors(x, squeeze, excite):
    return x * torch.sigmoid(excite(F.relu(squeeze(x.mean((2, 3))))))[:, :, None, None]


def shuffled(x):
    N, C, H, W = x.shape
    return x.view(N, 2, C // 2, H, W).transpose(1, 2).reshape(N, C, H, W)


def half_convolved(x, layer):
    first, second = x.chunk(2, 1)
    return torch.cat([first, F.silu(layer(second))], 1)


def residual(x, layer, norm):
    return F.relu(x + norm(layer(x)))


def unit():
    return Calls(residual, conv(8, padding=1, bias=False), nn.BatchNorm2d(8))


NETWORKS = {
    "plain": ([conv(padding=1), nn.ReLU(), nn.MaxPool2d(2)], "CONV-8 -> RELU -> POOL -> FC-10"),
    "residual": (
        [conv(padding=1), unit(), unit(), nn.AvgPool2d(2)],
        "CONV-8 -> [block1 -> RELU]*2 -> POOL(mode=average) -> FC-10",
    ),
    "gates": (
        [
            conv(padding=1),
            Calls(gated, nn.Conv2d(8, 4, 1), nn.Conv2d(4, 8, 1)),
            nn.Hardswish(),
            Calls(gated_by_vectors, nn.Linear(8, 4), nn.Linear(4, 8)),
        ],
        "CONV-8 -> block1 -> HSWISH -> block2 -> FC-10",
    ),
    "ConvNeXt": (
        [
            conv(F=4, stride=4),
            Calls(channels_last, nn.LayerNorm(8)),
            conv(8, 8, 7, padding=3, groups=8),
            conv(8, 16, 1),
            nn.GELU(),
        ],
        "CONV4-8(S=4, P=0) -> LN -> CONV7-8(groups=depthwise) -> CONV1-16 -> GELU -> FC-10",
    ),
    "ShuffleNet": (
        [conv(padding=1), Calls(shuffled), Calls(half_convolved, conv(4, 4, padding=1))],
        "CONV-8 -> SHUFFLE -> block1 -> FC-10",
    ),
    "norms and functions": (
        [
            conv(padding=1), nn.GroupNorm(2, 8), nn.InstanceNorm2d(8, affine=True),
            nn.LeakyReLU(0.1), nn.ELU(), nn.PReLU(8), nn.Mish(), nn.ReLU6(),
        ],
        "CONV-8 -> GN-2 -> INSTANCENORM -> LEAKYRELU(slope=0.1) -> ELU -> PRELU -> MISH -> RELU6 "
        "-> FC-10",
    ),
    "larger maps": (
        [
            conv(padding=1, stride=2), nn.Upsample(scale_factor=2),
            nn.Upsample(scale_factor=2, mode="bilinear"), nn.PixelShuffle(2),
            nn.PixelUnshuffle(2), nn.ConvTranspose2d(8, 8, 3, 2, 1, output_padding=1),
        ],
        "CONV-8(S=2) -> UPSAMPLE -> UPSAMPLE(mode=bilinear) -> DEPTHTOSPACE(order=channels) -> "
        "SPACETODEPTH(order=channels) -> CONVT3-8(P=1, extra=1) -> FC-10",
    ),
    "pads": (
        [
            nn.ZeroPad2d((1, 2, 0, 1)), nn.ReflectionPad2d(1), conv(F=3, stride=2),
            nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        ],
        '"PAD(P={left: 1, right: 2, top: 0, bottom: 1}) -> PAD(mode=reflect) -> CONV-8(S=2, P=0)" '
        "-> POOL3(fit=pad) -> POOL3(mode=average, fit=crop) -> FC-10",
    ),
    "dilated": (
        [conv(dilation=2), nn.SiLU(), nn.Sigmoid(), nn.Tanh(), nn.AdaptiveMaxPool2d(4)],
        "CONV-8(P=0, dilation=2) -> SILU -> SIGMOID -> TANH -> POOL3(S=3) -> FC-10",
    ),
}  # fmt: skip


@pytest.mark.parametrize("free", [False, True], ids=["one batch", "any batch"])
@pytest.mark.parametrize("exporter", ["TorchScript", "dynamo"])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(name, exporter, free, tmp_path):
    layers, expected = NETWORKS[name]
    torch.manual_seed(0)
    x = torch.rand(2, 3, 16, 16)
    network = nn.Sequential(*layers, nn.Flatten()).eval()
    size = network(x).shape[1]
    network = nn.Sequential(*layers, nn.Flatten(), nn.Dropout(), nn.Linear(size, 10)).eval()
    for module in network.modules():
        if hasattr(module, "reset_parameters"):  # those above began with the process
            module.reset_parameters()
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    file = tmp_path / "network.onnx"
    options = {}
    if exporter == "dynamo":
        pytest.importorskip("onnxscript")
        options = {"dynamic_shapes": ({0: torch.export.Dim("N")},)} if free else {}
    elif free:
        options = {"dynamic_axes": {"x": {0: "N"}}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, (x,), file, input_names=["x"], opset_version=18, verbose=False,
            dynamo=exporter == "dynamo", **options,
        )  # fmt: skip
    found = read_network(file, fold=True)
    lines = found.text.split("  - input: 16x16x3\n")[1].splitlines()
    assert " -> ".join(line.removeprefix("  - ") for line in lines) == expected
    images = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
    with torch.no_grad():
        exact = deepcopy(network).double()
        theirs = exact(torch.tensor(images).permute(0, 3, 1, 2).double()).numpy()
    taken = Taken(found.graph, found.arrays, ChannelStats((0.0,) * 3, (1.0,) * 3), {})
    ours = our_scores(taken, images, "direct")
    assert difference(theirs.reshape(ours.shape), ours) <= 1e-5
