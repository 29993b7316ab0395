"""The networks in configs/ that were published: their sizes, and their graphs for any images."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from cnncli.config.load import load
from cnncli.data.catalogue import describe
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.network import Graph

CONFIGS = Path(__file__).parents[2] / "configs"


class Study(NamedTuple):
    """What is published of a network, and how a step of it is made small."""

    parameters: int
    source: str
    """Of their number, for a table."""
    depth: int | None = None
    """Layers with weights on the longest way, where the paper's name or text has them."""
    side: int | None = None
    """Of a small image that fits; None: a step takes long."""
    billions: float | None = None
    """Multiply-adds as torchvision documents them; MobileNet's are in its table 4."""


_LAYERS = "the sum of its layers"
_TORCHVISION = "torchvision"

STUDIES = {
    "lenet5": Study(61_706, _LAYERS, 5, side=28),
    "alexnet": Study(62_378_344, _LAYERS, 8),
    "alexnet_groups": Study(60_965_224, "Caffe", 8, side=67),
    "zfnet": Study(62_357_608, _LAYERS, 8, side=64),
    "vgg11": Study(132_863_336, _TORCHVISION, 11, billions=7.61),
    "vgg13": Study(133_047_848, _TORCHVISION, 13, billions=11.31),
    "vgg16": Study(138_357_544, _TORCHVISION, 16, billions=15.47),
    "vgg19": Study(143_667_240, _TORCHVISION, 19, billions=19.63),
    "alexnet_torchvision": Study(61_100_840, _TORCHVISION, 8, side=64, billions=0.71),
    "vgg11_bn": Study(132_868_840, _TORCHVISION, 11, billions=7.61),
    "vgg13_bn": Study(133_053_736, _TORCHVISION, 13, billions=11.31),
    "vgg16_bn": Study(138_365_992, _TORCHVISION, 16, billions=15.47),
    "vgg19_bn": Study(143_678_248, _TORCHVISION, 19, billions=19.63),
    "nin": Study(966_986, "Caffe's model zoo", 9, side=32),
    "googlenet": Study(6_998_552, "Caffe", 22, side=64),
    "googlenet_torchvision": Study(6_624_904, _TORCHVISION, 22, side=64, billions=1.50),
    "allcnn_c": Study(1_369_738, "the paper's 1.4 million", 9, side=32),
    "resnet18": Study(11_689_512, _TORCHVISION, 18, side=32, billions=1.81),
    "resnet34": Study(21_797_672, _TORCHVISION, 34, side=32, billions=3.66),
    "resnet50": Study(25_557_032, _TORCHVISION, 50, side=32, billions=4.09),
    "resnet101": Study(44_549_160, _TORCHVISION, 101, billions=7.80),
    "resnet20": Study(269_722, "the paper's 0.27 million", 20, side=32),
    "resnet56": Study(853_018, "the paper's 0.85 million", 56, side=32),
    "unet": Study(31_030_658, "the sum of its 23 convolutions", 23, side=16),
    "inception_v3": Study(23_834_568, _TORCHVISION, side=75, billions=5.71),
    "squeezenet": Study(1_248_424, _TORCHVISION, 18, side=67),
    "squeezenet1_0": Study(1_248_424, _TORCHVISION, 18, side=64, billions=0.82),
    "wrn28_10": Study(36_479_194, "the paper's 36.5 million"),
    "densenet100": Study(769_162, "the paper's 0.8 million", 100, side=32, billions=0.29),
    "densenet121": Study(7_978_856, _TORCHVISION, 121, side=32, billions=2.83),
    "xception": Study(22_855_952, "Keras", side=71),
    "resnext50_32x4d": Study(25_028_904, _TORCHVISION, 50, side=32, billions=4.23),
    "darknet19": Study(20_842_376, "darknet19.cfg", 19, side=32),
    "mobilenet": Study(4_231_976, "the paper's 4.2 million", 28, side=32, billions=0.57),
    "se_resnet50": Study(28_088_024, "timm", side=32),
    "mobilenet_v2": Study(3_504_872, _TORCHVISION, side=32, billions=0.30),
    "darknet53": Study(41_609_928, "darknet53.cfg", 53),
    "shufflenet_v2_x1_0": Study(2_278_604, _TORCHVISION, side=32, billions=0.14),
    "mnasnet1_0": Study(4_383_312, _TORCHVISION, side=32, billions=0.31),
    "mobilenet_v3_small": Study(2_542_856, _TORCHVISION, side=32, billions=0.06),
    "mobilenet_v3_large": Study(5_483_032, _TORCHVISION, side=32, billions=0.22),
    "efficientnet_b0": Study(5_288_548, _TORCHVISION, side=32, billions=0.39),
    "regnet_y_400mf": Study(4_344_144, _TORCHVISION, side=32, billions=0.40),
    "convnext_tiny": Study(28_589_128, _TORCHVISION, side=32, billions=4.46),
    "yolov8n_cls": Study(2_719_288, "Ultralytics", side=32),
}
"""In the order of their years."""


@cache
def study(name: str, side: int | None = None, dropout: bool = True) -> Graph:
    """The network of a file, for its own images or for square ones of another size."""
    spec = load(CONFIGS / f"{name}.yaml")
    data = describe(spec.data) if spec.data else None
    layers = []
    for written in spec.layers:
        layer = written.layer
        if layer.kind == "INPUT" and side:
            layer = replace(layer, size=Volume(side, side, data.size.D if data else 3))
        if layer.kind in ("DROPOUT", "DROPPATH") and not dropout:
            layer = replace(layer, rate=0.0)
        layers.append(replace(written, layer=layer))
    spec = replace(spec, layers=tuple(layers))
    return build(spec, data and data.size, data and len(data.classes))
