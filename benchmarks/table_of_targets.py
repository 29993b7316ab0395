"""The networks that are measured beside others, and how fast they must be."""

from typing import NamedTuple


class Target(NamedTuple):
    """A network, its images, and what PyTorch's time over ours in training must and should be."""

    network: str
    batch: int
    must: float
    aim: float


TARGETS = (
    Target("vggbn", 128, 1.6, 2.0),
    Target("vgg", 128, 1.25, 1.6),
    Target("small", 128, 1.05, 1.4),
    Target("resnet20", 128, 0.85, 1.1),
    Target("resnet18", 16, 1.0, 1.3),
    Target("googlenet", 16, 1.0, 1.3),
    Target("squeezenet", 16, 0.95, 1.1),
    Target("mobilenet", 16, 0.85, 1.0),
    Target("densenet100", 32, 0.85, 1.0),
    Target("cifar", 512, 1.2, 1.6),
)
RECIPES = ("cifar",)
"""Whose training step is that of the whole recipe."""
FORWARD = (1.0, 1.3)
"""Must and aim of the scores alone."""
