"""Arrays of a checkpoint and those of a network in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnncli.bounds import MAX_DIFFERENCES
from cnncli.engine.engine import Engine
from cnncli.engine.parameters import FlatVector, parameter_shapes, state_shapes
from cnncli.errors import CheckpointError
from cnncli.graph.network import Graph
from cnncli.kernels.conv.cost_model import ALGORITHMS
from cnncli.kernels.conv.profiles import SMALL_KERNELS
from cnncli.optim.averages import AverageState
from cnncli.optim.base import OptimizerState
from cnncli.text import count, join_words, printable, short, show

from .checkpoint import Checkpoint
from .safetensors_file import Arrays, form_text, shape_text


def check_network(checkpoint: Checkpoint, path: Path, graph: Graph) -> None:
    """Compares names, shapes and algorithms with a graph's, before anything is allocated for it.

    Raises CheckpointError with the differences where they are another network's.
    """
    expected = {n: f"{shape_text(shape)} float32" for n, shape in network_shapes(graph).items()}
    found = {n: form_text(a) for n, a in checkpoint.arrays.items() if not n.startswith("slots/")}
    data, channels = checkpoint.data, f"for {graph.image.D} channels"
    expected |= {"classes": str(graph.classes), "mean": channels, "std": channels}
    found["classes"] = str(len(data.classes))
    for name, values in (("mean", data.mean), ("std", data.std)):
        found[name] = channels if values is None else f"for {len(values)} channels"
    for name, algorithm in checkpoint.algorithms.items():
        ways = _algorithms(graph, name)
        if algorithm not in ways:
            key = f"algorithms/{name}"
            expected[key] = join_words(ways, "or") if ways else "no such layer"
            found[key] = show(algorithm)
    _refuse(path, expected, found)


def _algorithms(graph: Graph, name: str) -> tuple[str, ...]:
    """What a checkpoint may say of a layer's algorithm.

    Where there is one way to compute it, the name has no effect: a CONV that was converted to FC
    keeps what was chosen for it.
    """
    if name not in graph.by_name:
        return ()
    node = graph.by_name[name]
    return node.layer.algorithms(node.in_shapes, 1, SMALL_KERNELS) or ALGORITHMS


def network_shapes(graph: Graph) -> dict[str, tuple[int, ...]]:
    """Shapes of parameters and state, by their names in a checkpoint."""
    shapes = {f"parameters/{name}": shape for name, shape in parameter_shapes(graph).items()}
    return shapes | {f"state/{name}": shape for name, shape in state_shapes(graph).items()}


def restore(checkpoint: Checkpoint, path: Path, arrays: Arrays) -> None:
    """Puts the checkpoint's arrays into those of the run; raises as `check_network` does."""
    _copy(arrays, checkpoint.arrays, path)


def restore_network(checkpoint: Checkpoint, path: Path, engine: Engine) -> None:
    """Puts parameters and state into the engine for evaluation: their average, if there is one."""
    network = {n: a for n, a in checkpoint.arrays.items() if not n.startswith("slots/")}
    _copy(_network(engine), network, path)
    averages = {f"slots/{name}": vector for name, vector in averaged_vectors(engine).items()}
    kept = {name: array for name, array in checkpoint.arrays.items() if name in averages}
    _copy({name: averages[name] for name in kept}, kept, path)


def evaluated_arrays(checkpoint: Checkpoint, path: Path, graph: Graph) -> Arrays:
    """Parameters and state by their names, like `conv1.W`: their average, if there is one."""
    found: Arrays = {}
    for kind, shapes, average in (
        ("parameters", parameter_shapes(graph), "average"),
        ("state", state_shapes(graph), "average_state"),
    ):
        name = f"slots/{average}"
        if name in checkpoint.arrays:
            flat = FlatVector(shapes, np.float32)
            _copy({name: flat.vector}, {name: checkpoint.arrays[name]}, path)
            found |= flat.views
        else:
            found |= {name: checkpoint.arrays[f"{kind}/{name}"] for name in shapes}
    return found


def run_arrays(engine: Engine, optimizer: OptimizerState, average: AverageState) -> Arrays:
    """All arrays of a run, which go on changing: parameters and state by name, slots flat."""
    slots = optimizer.slots | average.slots
    return _network(engine) | {f"slots/{name}": slot for name, slot in slots.items()}


def averaged_vectors(engine: Engine) -> Arrays:
    """The vectors of an engine that are averaged, by the names of their averages."""
    return {"average": engine.parameters.vector, "average_state": engine.state.vector}


def _network(engine: Engine) -> Arrays:
    arrays = {f"parameters/{name}": view for name, view in engine.parameters.views.items()}
    return arrays | {f"state/{name}": view for name, view in engine.state.views.items()}


def _copy(targets: Arrays, sources: Mapping[str, NDArray[Any]], path: Path) -> None:
    expected, found = (
        {name: form_text(array) for name, array in each.items()} for each in (targets, sources)
    )
    _refuse(path, expected, found)
    for name, target in targets.items():
        np.copyto(target, sources[name])


def _refuse(path: Path, expected: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Raises CheckpointError with what the network has and the file has otherwise."""
    names = [
        name
        for name in sorted(expected.keys() | found.keys())
        if expected.get(name) != found.get(name)
    ]
    differences = [
        f"{printable(short(name))}: the network has {expected.get(name, 'nothing')}, "
        f"the file {found.get(name, 'nothing')}"
        for name in names[:MAX_DIFFERENCES]
    ]
    if more := len(names) - len(differences):
        differences.append(f"and {count(more, 'more difference')}")
    if differences:
        listed = "".join(f"\n  {difference}" for difference in differences)
        raise CheckpointError(f"{path}: a checkpoint of another network:{listed}")
