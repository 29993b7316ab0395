"""The networks in configs/, for images of any size."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from cnncli.config.load import load
from cnncli.data.catalogue import describe
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.graph.network import Graph

CONFIGS = Path(__file__).parents[2] / "configs"


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
        if layer.kind == "DROPOUT" and not dropout:
            layer = replace(layer, rate=0.0)
        layers.append(replace(written, layer=layer))
    spec = replace(spec, layers=tuple(layers))
    return build(spec, data and data.size, data and len(data.classes))
