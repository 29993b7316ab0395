"""What a conversion of a network changed, a line for each layer."""

from collections.abc import Sequence

from cnncli.graph.network import Graph
from cnncli.graph.rewrite.enlarge import ScoreMap
from cnncli.graph.rewrite.fc_conv import Change
from cnncli.layers.base import Layer
from cnncli.text import count

from .hyperparameters import as_text


def conversion_text(changes: Sequence[Change], graph: Graph) -> str:
    """Each changed layer, as it was and as it is; and what the whole network gives."""
    lines = [
        f"{change.name}: {_layer_text(change.before)} on {change.volume} -> "
        f"{_layer_text(change.after) if change.after else 'left out'}"
        for change in changes
    ]
    parameters = count(sum(node.parameters for node in graph.nodes), "parameter")
    return "\n".join([*lines, f"{parameters}; {graph.image} images give {ScoreMap.of(graph)}"])


def _layer_text(layer: Layer) -> str:
    return f"{layer.kind} {as_text(layer)}".rstrip()
