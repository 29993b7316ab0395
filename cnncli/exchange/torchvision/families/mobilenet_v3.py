"""MobileNetV3, of both sizes; fc1 and fc2 are the gates' layers."""

from cnncli.exchange.torchvision.family import Family

MOBILENET_V3 = Family(
    networks=("mobilenet_v3_small", "mobilenet_v3_large"),
    modules=r"""
        features\.(\d+)\. (?: (\d) | block\.(\d)\. (?: (\d) | fc(\d) ) )
        | classifier\.([03])""",
)
