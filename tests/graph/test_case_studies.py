"""The case studies in configs/: the sizes that were published for them, and a step of training."""

from itertools import groupby

import numpy as np
import pytest

from cnncli.config.load import load
from cnncli.engine.engine import Engine
from cnncli.engine.probes.timing import noise
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.network import Graph
from cnncli.optim.losses import SoftmaxCrossEntropy
from tests.graph.case_studies import CONFIGS, STUDIES, study


def maps(name: str, kinds: str) -> str:
    """The volumes behind the layers of some kinds; equal ones in a row once."""
    nodes = study(name).nodes
    volumes = [str(node.out_shape) for node in nodes if node.layer.kind in kinds.split()]
    return " ".join(volume for volume, _ in groupby(volumes))


@pytest.mark.parametrize("name", STUDIES)
def test_parameters(name):
    assert sum(node.parameters for node in study(name).nodes) == STUDIES[name].parameters


@pytest.mark.parametrize("name", [name for name in STUDIES if STUDIES[name].depth])
def test_depth(name):
    """The papers count layers with weights, of shortcuts and branches the longest way."""
    depth: dict[str, int] = {}
    for node in study(name).nodes:
        before = max((depth[source] for source in node.inputs), default=0)
        depth[node.name] = before + ("W" in node.params)
    assert max(depth.values()) == STUDIES[name].depth


@pytest.mark.parametrize("name", [name for name in STUDIES if STUDIES[name].billions])
def test_multiply_adds(name):
    macs = sum(node.cost.macs for node in study(name).nodes)
    assert round(macs / 1e9, 2) == STUDIES[name].billions


CONV_POOL_FC = "CONV POOL FC"


@pytest.mark.parametrize(
    ("name", "kinds", "expected"),
    [
        ("lenet5", CONV_POOL_FC, "28x28x6 14x14x6 10x10x16 5x5x16 1x1x120 1x1x84 1x1x10"),
        (
            "alexnet_groups",
            CONV_POOL_FC,
            "55x55x96 27x27x96 27x27x256 13x13x256 13x13x384 13x13x256 6x6x256 1x1x4096 1x1x1000",
        ),
        (
            "zfnet",
            CONV_POOL_FC,
            "110x110x96 55x55x96 26x26x256 13x13x256 13x13x384 13x13x256 6x6x256 1x1x4096 1x1x1000",
        ),
        ("vgg11", "POOL", "112x112x64 56x56x128 28x28x256 14x14x512 7x7x512"),
        ("vgg13", "POOL", "112x112x64 56x56x128 28x28x256 14x14x512 7x7x512"),
        ("vgg19", "POOL", "112x112x64 56x56x128 28x28x256 14x14x512 7x7x512"),
        (
            "googlenet",
            "LRN CONCAT",
            "56x56x64 56x56x192 28x28x256 28x28x480 14x14x512 14x14x528 14x14x832 7x7x832 7x7x1024",
        ),
        ("resnet18", "ADD POOL", "56x56x64 28x28x128 14x14x256 7x7x512 1x1x512"),
        ("resnet34", "ADD POOL", "56x56x64 28x28x128 14x14x256 7x7x512 1x1x512"),
        ("resnet50", "ADD", "56x56x256 28x28x512 14x14x1024 7x7x2048"),
        ("resnet101", "ADD", "56x56x256 28x28x512 14x14x1024 7x7x2048"),
        ("resnet20", "ADD", "32x32x16 16x16x32 8x8x64"),
        ("resnet56", "ADD", "32x32x16 16x16x32 8x8x64"),
        (
            "squeezenet",
            "POOL CONCAT",
            "55x55x96 55x55x128 55x55x256 27x27x256 27x27x384 27x27x512 13x13x512 1x1x1000",
        ),
        (
            "mobilenet",
            "CONV",
            "112x112x32 112x112x64 56x56x64 56x56x128 28x28x128 28x28x256 14x14x256 14x14x512 "
            "7x7x512 7x7x1024",
        ),
        ("densenet100", "POOL", "16x16x108 8x8x150 1x1x342"),
        ("densenet121", "POOL", "56x56x64 28x28x128 14x14x256 7x7x512 1x1x1024"),
        (
            "inception_v3",
            "CONCAT",
            "35x35x256 35x35x288 17x17x768 8x8x1280 8x8x768 8x8x2048 8x8x768 8x8x2048",
        ),
        ("xception", "ADD", "74x74x128 37x37x256 19x19x728 10x10x1024"),
        (
            "unet",
            "POOL CONVT",
            "128x128x64 64x64x128 32x32x256 16x16x512 32x32x512 64x64x256 128x128x128 256x256x64",
        ),
        ("shufflenet_v2_x1_0", "POOL SHUFFLE", "56x56x24 28x28x116 14x14x232 7x7x464 1x1x1024"),
        ("convnext_tiny", "ADD", "56x56x96 28x28x192 14x14x384 7x7x768"),
    ],
)
def test_maps_of_the_papers(name, kinds, expected):
    assert maps(name, kinds) == expected


@pytest.mark.parametrize("name", ["resnet18", "resnet20", "resnet34", "resnet50", "resnet56"])
def test_a_shortcut_begins_where_its_block_begins(name):
    nodes = study(name).by_name
    branch = nodes["first1.shortcut"]
    while branch.name.startswith("first1."):
        branch = nodes[branch.inputs[0]]
    assert (branch.name,) == nodes["first1.conv1"].inputs
    assert nodes["first1.add1"].inputs == ("first1.main", "first1.shortcut")


def test_modules_of_googlenet():
    """Table 1 of the paper: module and output's depth."""
    nodes = study("googlenet").by_name
    modules = {"3a": 256, "3b": 480, "4a": 512, "4b": 512, "4c": 512}
    modules |= {"4d": 528, "4e": 832, "5a": 832, "5b": 1024}
    depths = {m: nodes[f"inception{m}.concat1"].out_shape.D for m in modules}
    assert depths == modules


def _conv(F: int, D: int, K: int) -> int:
    """A convolution without biases, and the batch normalisation of its output."""
    return F * F * D * K + 2 * K


def _resnet_of_cifar(n: int) -> int:
    """6n + 2 layers: three stages of n blocks, and no parameters in the shortcuts."""
    count = _conv(3, 3, 16)
    for D, K in ((16, 16), (16, 32), (32, 64)):
        count += _conv(3, D, K) + (2 * n - 1) * _conv(3, K, K)
    return count + 64 * 10 + 10


def _bottlenecks(stages: tuple[int, ...]) -> int:
    count, D = _conv(7, 3, 64), 64
    for K, blocks in zip((64, 128, 256, 512), stages, strict=True):
        for block in range(blocks):
            count += _conv(1, D, K) + _conv(3, K, K) + _conv(1, K, 4 * K)
            count += _conv(1, D, 4 * K) if block == 0 else 0
            D = 4 * K
    return count + D * 1000 + 1000


def _densenet(layers: int, growth: int) -> int:
    """Bottlenecks of 4 times the growth rate, and transitions that halve the depth."""
    D = 2 * growth
    count = 27 * D
    for block in range(3):
        for _ in range(layers):
            count += 2 * D + _conv(1, D, 4 * growth) + 9 * 4 * growth * growth
            D += growth
        if block < 2:
            count, D = count + 2 * D + D * (D // 2), D // 2
    return count + 2 * D + D * 10 + 10


def _gates(reduction: int) -> int:
    """Two layers with biases behind each bottleneck of ResNet-50."""
    channels = [256] * 3 + [512] * 4 + [1024] * 6 + [2048] * 3
    return sum(2 * C * C // reduction + C // reduction + C for C in channels)


def _plain(*layers: tuple[int, int, int]) -> int:
    """Convolutions F, D, K with biases."""
    return sum(F * F * D * K + K for F, D, K in layers)


def _wide_resnet(n: int, k: int) -> int:
    """Zagoruyko and Komodakis 2016, table 1; what is normalised is what goes in."""
    count, D = 27 * 16, 16
    for K in (16 * k, 32 * k, 64 * k):
        for _ in range(n):
            count += 2 * D + 9 * D * K + 2 * K + 9 * K * K + (D * K if D != K else 0)
            D = K
    return count + 2 * D + 10 * D + 10


def _unet() -> int:
    """The paper's figure 1: pairs of convolutions, and those of 2x2 on the way up."""
    count, D = 0, 1
    for K in (64, 128, 256, 512, 1024):
        count, D = count + _plain((3, D, K), (3, K, K)), K
    for K in (512, 256, 128, 64):
        count += _plain((2, 2 * K, K), (3, 2 * K, K), (3, K, K))
    return count + _plain((1, 64, 2))


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("resnet20", _resnet_of_cifar(3)),
        ("resnet56", _resnet_of_cifar(9)),
        ("resnet50", _bottlenecks((3, 4, 6, 3))),
        ("resnet101", _bottlenecks((3, 4, 23, 3))),
        ("densenet100", _densenet(16, 12)),
        ("se_resnet50", _bottlenecks((3, 4, 6, 3)) + _gates(16)),
        ("wrn28_10", _wide_resnet(4, 10)),
        ("unet", _unet()),
        (
            "allcnn_c",
            _plain((3, 3, 96), (3, 96, 96), (3, 96, 96), (3, 96, 192), *[(3, 192, 192)] * 3)
            + _plain((1, 192, 192), (1, 192, 10)),
        ),
        (
            "nin",
            _plain((5, 3, 192), (1, 192, 160), (1, 160, 96), (5, 96, 192), *[(1, 192, 192)] * 2)
            + _plain((3, 192, 192), (1, 192, 192), (1, 192, 10)),
        ),
    ],
)
def test_parameters_by_formula(name, count):
    assert count == STUDIES[name].parameters


@pytest.mark.parametrize(
    ("name", "variables", "count"),
    [
        ("mobilenet_v2", {"width": 0.35}, 1_677_128),
        ("mobilenet_v2", {"width": 0.75}, 2_636_424),
        ("mobilenet_v2", {"width": 1.4}, 6_108_776),
        ("mnasnet1_0", {"width": 0.5}, 2_218_512),
        ("mnasnet1_0", {"width": 0.75}, 3_170_208),
        ("mnasnet1_0", {"width": 1.3}, 6_282_256),
        ("wrn28_10", {"N": 2, "k": 8}, _wide_resnet(2, 8)),
    ],
)
def test_other_sizes_of_a_family(name, variables, count):
    """As torchvision's with that width, and the paper's WRN-16-8."""
    changes = [f"variables.{key}={value}" for key, value in variables.items()]
    spec = load(CONFIGS / f"{name}.yaml", changes)
    graph = build(spec, Volume(32, 32, 3) if spec.data else None, 10 if spec.data else None)
    graph.check()
    assert sum(node.parameters for node in graph.nodes) == count


def _trains(graph: Graph) -> None:
    """One step forward and backward gives a finite loss, and a gradient to all weights.

    In this step every DROPPATH lets one of the two images pass.
    """
    with Engine(graph, threads=1, seed=0) as engine:
        result = engine.gradients(
            noise(2, graph.image, graph.classes), SoftmaxCrossEntropy(), step=2
        )
        assert np.isfinite(result.loss_sum)
        assert np.isfinite(engine.gradient).all()
        for name, part in engine.parameters.slices.items():
            assert engine.gradient[part].any(), name


@pytest.mark.parametrize("name", [name for name in STUDIES if STUDIES[name].side])
def test_a_step_on_small_images(name):
    _trains(study(name, STUDIES[name].side))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name for name in STUDIES if STUDIES[name].side != study(name).image.W]
)
def test_a_step_on_images_of_full_size(name):
    _trains(study(name))
