"""The results of `cnn shapes` for programs: JSON."""

import json
from collections.abc import Sequence
from typing import Any

from cnncli.errors import Problem
from cnncli.graph.memory import FLOAT
from cnncli.graph.network import Node
from cnncli.spec.specification import LayerSpec

from .checked import Checked
from .hyperparameters import as_values

_UNKNOWN_LAYER = (
    "inputs",
    "input",
    "output",
    "parameters",
    "parameters_unshared",
    "macs",
    "activation_bytes",
    "receptive_field",
)


def as_json(results: Sequence[Checked]) -> str:
    """One file as an object, several as an array."""
    objects = [_result(checked) for checked in results]
    return json.dumps(objects[0] if len(objects) == 1 else objects, indent=2, ensure_ascii=False)


def _result(checked: Checked) -> dict[str, Any]:
    spec, graph, step = checked.spec, checked.graph, checked.step
    nodes = graph.nodes if graph and not graph.unknown else None
    layers: list[dict[str, Any]] = []
    if spec and graph:
        layers = [_layer(written, graph.by_name.get(written.name)) for written in spec.layers]
    return {
        "file": checked.file,
        "name": spec.name if spec else None,
        "valid": checked.valid,
        "fit": spec.fit if spec else None,
        "layers": layers,
        "total": {
            key: sum(layer[key] for layer in layers) if nodes else None
            for key in ("parameters", "parameters_unshared", "macs", "activation_bytes")
        },
        "step": step
        and {
            "images": step.images,
            "threads": step.threads,
            "bytes": step.memory.total,
            **{f"{name}_bytes": size for name, size in step.memory._asdict().items()},
        },
        "problems": [_problem(problem) for problem in checked.in_file],
    }


def _layer(written: LayerSpec, node: Node | None) -> dict[str, Any]:
    layer = node.layer if node else written.layer
    head = {
        "name": written.name,
        "kind": written.kind,
        "hyperparameters": as_values(layer) if layer else None,
    }
    if node is None:
        return head | dict.fromkeys(_UNKNOWN_LAYER)
    return head | {
        "inputs": list(node.inputs),
        "input": list(node.in_shapes[0]) if node.in_shapes else None,
        "output": list(node.out_shape),
        "parameters": node.parameters,
        "parameters_unshared": node.cost.unshared,
        "macs": node.cost.macs,
        "activation_bytes": FLOAT * node.out_shape.size,
        "receptive_field": list(node.receptive_field),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": problem.path,
        "layer": problem.layer,
        "severity": problem.severity,
        "message": problem.message,
    }
