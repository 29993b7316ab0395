"""MobileNetV2."""

from cnncli.exchange.torchvision.family import Family

MOBILENET_V2 = Family(
    networks=("mobilenet_v2",),
    modules=r"features\.(\d+)\. (?: (\d) | conv\.(\d)(?:\.(\d))? ) | (classifier\.1)",
)
