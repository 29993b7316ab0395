"""Models that `cnn export` has written: what they are stands in them."""

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
from onnx import numpy_helper
from pydantic import TypeAdapter, ValidationError

from cnncli.check.check import check_recorded
from cnncli.data.channel_stats import ChannelStats
from cnncli.datasets.tones import Tones
from cnncli.engine.parameters import parameter_shapes, state_shapes
from cnncli.exchange.as_yaml.part import Part
from cnncli.exchange.imported import Imported, is_possible
from cnncli.exchange.onnx_models.model import graph_of, written
from cnncli.exchange.onnx_models.operators import Operators
from cnncli.exchange.taken import CLASSES, CONFIGURATION, MEAN, STD, TONES, Taken
from cnncli.graph.network import Graph, Node
from cnncli.lazy import Array
from cnncli.problems import ConfigError

from .model_file import Model

_NUMBERS = TypeAdapter(tuple[float, ...])
_NAMES = TypeAdapter(tuple[str, ...])
_TONES = TypeAdapter(Tones)


def own_network(model: Model, *, fold: bool) -> Imported | None:
    """The network, if its configuration, written again with these weights, is the same model."""
    facts = model.facts
    if CONFIGURATION not in facts:
        return None
    try:
        spec, graph = check_recorded(facts[CONFIGURATION], model.path).network()
        stats = _stats(facts)
        classes = _NAMES.validate_json(facts[CLASSES]) if CLASSES in facts else None
        tones = _TONES.validate_json(facts[TONES]) if TONES in facts else None
    except (ConfigError, ValidationError):
        return None
    if stats and not is_possible(stats, graph.image.D):
        return None
    if classes and not len(classes) == len(set(classes)) == graph.classes:
        return None
    arrays = _arrays(graph, model.constants)
    if arrays is None:
        return None
    taken = Taken(graph, arrays, stats, {})
    if graph_of(taken) != model.graph:
        return None
    parts = [Part(node.name, node.layer, node.inputs, taken.of(node)) for node in graph.nodes]
    return Imported.of(
        model.path,
        parts,
        fold=fold,
        digest=model.digest,
        spec=spec,
        classes=classes,
        stats=stats,
        tones=tones,
    )


def _stats(facts: Mapping[str, str]) -> ChannelStats | None:
    if MEAN not in facts or STD not in facts:
        return None
    mean, std = (_NUMBERS.validate_json(facts[name]) for name in (MEAN, STD))
    return ChannelStats(mean, std)


def _arrays(graph: Graph, constants: Mapping[str, Any]) -> dict[str, Array] | None:
    """Each array's numbers, put back to where the writing of numbered ones shows that they were.

    None where the model has others.
    """
    shapes = parameter_shapes(graph) | state_shapes(graph)
    sizes = {name: prod(shape) for name, shape in shapes.items()}
    if any(name not in constants or constants[name].size != sizes[name] for name in sizes):
        return None

    def numbered(node: Node) -> dict[str, Any]:
        names = {short: f"{node.name}.{short}" for short in (*node.params, *node.state)}
        return {
            short: np.arange(sizes[name], dtype=np.float64).reshape(shapes[name])
            for short, name in names.items()
        }

    found: dict[str, Array] = {}
    ops, nothing = Operators(), np.zeros(graph.image.D, np.float32)
    for node, _ in written(ops, graph, {"scale": nothing, "shift": nothing}, numbered):
        for short in (*node.params, *node.state):
            name = f"{node.name}.{short}"
            places = numpy_helper.to_array(ops.weights[name]).astype(np.int64).reshape(-1)
            array = np.empty(sizes[name], np.float32)
            array[places] = constants[name].reshape(-1)
            found[name] = array.reshape(shapes[name])
        ops.weights.clear()
    return found
