"""EfficientNet; fc1 and fc2 are the gates' layers."""

from cnncli.exchange.torchvision.family import Family

EFFICIENTNET = Family(
    networks=("efficientnet_b0",),
    modules=r"""
        features\.(\d)\.(\d+) (?: \.block\.(\d)\. (?: (\d) | fc(\d) ) )?
        | (classifier\.1)""",
)
