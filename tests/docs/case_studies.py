"""The networks that were published, with what they cost; those that the notes name among them."""

from cnncli.api.network import Network
from tests.docs.measured_tables import table
from tests.graph.case_studies import CONFIGS, STUDIES

NAMES = ("lenet5", "alexnet", "zfnet", "googlenet", "vgg16", "resnet50")
"""In the order of their years."""


def case_studies() -> str:
    """A row for each, counted by `cnn shapes`."""
    return table(("network", "image", "parameters", "multiply-adds"), map(_costs, NAMES))


def networks() -> str:
    """A row for each that was published, with its file's lines and whose number it has."""
    rows = []
    for name, study in STUDIES.items():
        lines = len((CONFIGS / f"{name}.yaml").read_text().splitlines())
        title, *costs = _costs(name)
        rows.append((title, lines, *costs, study.source))
    return table(("network", "lines", "image", "parameters", "multiply-adds", "source"), rows)


def _costs(name: str) -> tuple[str, str, str, str]:
    network = Network(name)
    image = next(iter(network.layers.values())).output
    total = network.total
    return f"`{name}`", f"{image}", f"{total.parameters:,}", f"{total.macs:,}"
