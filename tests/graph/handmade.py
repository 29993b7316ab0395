"""Specifications made by hand, so that the graph is tested without the YAML reader; or read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnncli.config.data import DataSpec
from cnncli.config.load import load_text
from cnncli.config.specification import LayerSpec, Specification
from cnncli.config.train import TrainSpec
from cnncli.geometry import Extent, Padding, Volume
from cnncli.graph.build import build
from cnncli.graph.network import Graph
from cnncli.layers import families
from cnncli.layers.base import Layer
from cnncli.layers.fields import Fit
from cnncli.problems import Place, Problem

FILE = "net.yaml"
CIFAR = DataSpec(name="cifar10")


def layer(kind: str, **fields: Any) -> Layer:
    """A layer of a family; whole numbers stand for square windows and equal padding."""
    for name, value in fields.items():
        if name in "FS" and isinstance(value, int):
            fields[name] = Extent(value, value)
        if name == "P" and isinstance(value, int):
            fields[name] = Padding(value, value, value, value)
        if name == "size":
            fields[name] = Volume(*value)
    return families()[kind](**fields)


def written(
    index: int, layer: Layer | None, kind: str = "", fields: Sequence[str] = ()
) -> LayerSpec:
    """A layer on line index + 2, column 5; its fields' values at columns 21, 31, ..."""
    line = index + 2
    kind = layer.kind if layer else kind
    places = {name: Place(FILE, line, 21 + 10 * i) for i, name in enumerate(fields)}
    return LayerSpec(
        kind, f"{kind.lower()}{index}", layer, f"layers[{index}]", Place(FILE, line, 5), places
    )


def specification(
    *layers: Layer | LayerSpec,
    data: DataSpec | None = None,
    fit: Fit = "strict",
    train: TrainSpec | None = None,
    problems: Sequence[Problem] = (),
    fields: Sequence[str] = (),
) -> Specification:
    """A specification of these layers, one on a line; `fields` are written out in each."""
    made = [
        layer if isinstance(layer, LayerSpec) else written(i, layer, fields=fields)
        for i, layer in enumerate(layers)
    ]
    specs = tuple(
        replace(layer, inputs=(before.name,)) if before else layer
        for before, layer in zip([None, *made], made, strict=False)
    )
    train = train or TrainSpec()
    return Specification(FILE, "net", data, specs, fit, train, tuple(problems), {})


def network(*layers: Layer, image: Volume | None = None, classes: int | None = None) -> Graph:
    """The graph of layers that fit."""
    data = CIFAR if image else None
    graph = build(specification(*layers, data=data), image, classes)
    graph.check()
    return graph


def texts(graph: Graph) -> list[str]:
    """Every problem as it is shown."""
    return [f"{problem.severity}: {problem}" for problem in graph.problems]


def graph_of(
    architecture: str, image: Volume | None = None, classes: int | None = None, more: str = ""
) -> Graph:
    """The graph of an architecture's text, without errors; `more` are other lines of its file."""
    spec = load_text(f"architecture: {architecture}\n{more}", Path(FILE))
    graph = build(spec, image, classes)
    graph.check()
    return graph


def problems_of(architecture: str) -> list[str]:
    """Every problem of an architecture's text, in f.yaml."""
    spec = load_text(f"architecture: {architecture}\n", Path("f.yaml"))
    return texts(build(spec, None, None))
