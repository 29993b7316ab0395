"""The results of `cnn shapes` for programs: JSON."""

from collections.abc import Callable, Sequence
from typing import Any

from cnncli.check.result import Checked
from cnncli.config.specification import LayerSpec
from cnncli.problems import Problem, number_fixes
from cnncli.report.hyperparameters import as_values
from cnncli.text import json_text

from .layer_numbers import Measured, measure, number

_SUMS = (
    "neurons",
    "parameters",
    "parameters_unshared",
    "macs",
    "training_macs",
    "activation_bytes",
)
_NUMBERS: dict[str, Callable[[Measured], Any]] = {
    "input": lambda m: m.node.in_shapes[0] if m.node.in_shapes else None,
    "output": lambda m: m.node.out_shape,
    "connections": lambda m: m.node.cost.connections,
    "neurons": lambda m: m.neurons,
    "parameters": lambda m: m.node.parameters,
    "parameters_unshared": lambda m: m.node.cost.unshared,
    "macs": lambda m: m.node.cost.macs,
    "training_macs": lambda m: m.training_macs,
    "activation_bytes": lambda m: m.activations,
    "im2row": lambda m: m.im2row,
    "receptive_field": lambda m: m.node.receptive_field.pixels,
    "jump": lambda m: [number(step) for step in m.node.receptive_field.jump],
    "centre": lambda m: [number(pixel) for pixel in m.node.receptive_field.centre],
}
"""Of a layer, by their names; null where a problem hides its shape."""


def shapes_json(results: Sequence[Checked]) -> str:
    """One file as an object, several as an array."""
    objects = [_result(checked) for checked in results]
    return json_text(objects[0] if len(objects) == 1 else objects)


def _result(checked: Checked) -> dict[str, Any]:
    spec, graph, step = checked.spec, checked.graph, checked.step
    nodes = graph.nodes if graph and not graph.unknown else None
    layers: list[dict[str, Any]] = []
    if spec and graph:
        measured = measure(graph)
        layers = [_layer(written, measured.get(written.name)) for written in spec.layers]
    return {
        "file": checked.file,
        "name": spec.name if spec else None,
        "valid": checked.valid,
        "fit": spec.fit if spec else None,
        "layers": layers,
        "total": {key: sum(layer[key] for layer in layers) if nodes else None for key in _SUMS},
        "step": step
        and {
            "images": step.images,
            "threads": step.threads,
            "bytes": step.memory.total,
            **{f"{name}_bytes": size for name, size in step.memory._asdict().items()},
        },
        "within_limits": not checked.over,
        "sizes": checked.sizes
        and {
            "widths": checked.sizes.widths,
            "heights": checked.sizes.heights,
            "up_to": checked.sizes.limit,
        },
        "problems": [_problem(problem, first) for problem, first in number_fixes(checked.in_file)],
    }


def _layer(written: LayerSpec, measured: Measured | None) -> dict[str, Any]:
    layer = measured.node.layer if measured else written.layer
    return {
        "name": written.name,
        "kind": written.kind,
        "hyperparameters": as_values(layer) if layer else None,
        "inputs": written.inputs,
        **{name: value(measured) if measured else None for name, value in _NUMBERS.items()},
    }


def _problem(problem: Problem, first: int) -> dict[str, Any]:
    return {
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "path": problem.path,
        "layer": problem.layer,
        "severity": problem.severity,
        "message": problem.message,
        "fixes": [
            {"number": number, "change": fix.change, "output": fix.output}
            | ({"note": fix.note} if fix.note else {})
            for number, fix in enumerate(problem.fixes, first)
        ],
    }
