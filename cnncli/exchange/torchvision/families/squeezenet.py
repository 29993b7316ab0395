"""SqueezeNet 1.0."""

from cnncli.exchange.torchvision.family import Family

SQUEEZENET = Family(
    networks=("squeezenet1_0",),
    modules=r"""
        features\.(0)
        | features\.(\d+)\. (?: (squeeze) | (expand1x1) | (expand3x3) )
        | (classifier\.1)""",
)
