"""The networks that the notes name as case studies, with what they cost."""

from cnncli.api.network import Network
from tests.docs.measured_tables import table

NAMES = ("lenet5", "alexnet", "zfnet", "googlenet", "vgg16", "resnet50")
"""In the order of their years."""


def case_studies() -> str:
    """A row for each, counted by `cnn shapes`."""
    rows = []
    for name in NAMES:
        network = Network(name)
        image = next(iter(network.layers.values())).output
        total = network.total
        rows.append((f"`{name}`", image, f"{total.parameters:,}", f"{total.macs:,}"))
    return table(("network", "image", "parameters", "multiply-adds"), rows)
