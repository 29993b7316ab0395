"""The ONNX project's own cases for single operators, computed as networks that are read.

`python -m tests.exchange.onnx_models.node_cases` notes which ones run, and why the others do not.
"""

import json
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.backend.test.case.node import collect_testcases

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.errors import DataError
from cnncli.exchange.onnx_models.reading.network_parts import readers
from cnncli.exchange.onnx_models.reading.read_network import read_network
from cnncli.inference.classifier import probabilities
from cnncli.problems import ConfigError
from tests.exchange.onnx_models.scoring import channels_first

FOUND = Path(__file__).with_name("node_cases.json")
JOINS = ("Add", "Concat", "Div", "Mul", "Sub", "Sum")
"""Operators of several images each, which are given as channels of one."""
BY_NUMBER = (
    "Add", "Clip", "Div", "Dropout", "Elu", "Gelu", "HardSigmoid", "HardSwish", "Identity",
    "LeakyRelu", "Mish", "Mul", "Relu", "Sigmoid", "Softplus", "Sub", "Sum", "Tanh",
)  # fmt: skip
"""Operators that see each number alone: axes in front change nothing."""


class Case(NamedTuple):
    """One operator, on arrays."""

    name: str
    operator: str
    model: Any
    arrays: tuple[Any, ...]
    expected: Any


class Left(Exception):
    """Why a case is left out."""


def cases() -> Iterator[Case]:
    """Those of one operator that is read here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = collect_testcases(None)
    for case in sorted(found, key=lambda case: case.name):
        operators = [node.op_type for node in case.model.graph.node]
        if len(operators) == 1 and operators[0] in readers():
            inputs, outputs = case.data_sets[0]
            name = case.name.removeprefix("test_")
            yield Case(name, operators[0], case.model, tuple(inputs), outputs[0])


def computed(case: Case, folder: Path) -> tuple[Any, Any]:
    """What cnn makes of it, and what is expected. Raises Left where that is not possible."""
    arrays, expected = list(case.arrays), np.asarray(case.expected)
    if not arrays:
        raise Left("reads no images")
    if any(getattr(array, "dtype", None) is None for array in (*arrays, case.expected)):
        raise Left("is of no arrays that NumPy has")
    if arrays[0].dtype != np.float32 or expected.dtype != np.float32:
        raise Left("is of other numbers than float32")
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    graph = model.graph
    (node,) = graph.node
    names = [value.name for value in graph.input]
    several = len(arrays) if case.operator in JOINS else 1
    images = arrays[:several]
    if case.operator in BY_NUMBER:
        images = [
            image.reshape((1,) * (_axes(image.ndim) - image.ndim) + image.shape) for image in images
        ]
    (x, steps, inner) = _as_images(images, names[:several])
    del graph.input[:]
    graph.input.append(helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape))
    given = zip(names[several:], arrays[several:], strict=True)
    graph.initializer.extend(numpy_helper.from_array(array, name) for name, array in given)
    graph.initializer.extend(inner)
    first = node.output[0]
    del graph.node[:]
    graph.node.extend([*steps, node])
    del graph.output[1:]
    assert graph.output[0].name == first
    file = folder / "case.onnx"
    file.write_bytes(model.SerializeToString())
    return _run(file, x), expected


def _as_images(images: list[Any], names: list[str]) -> tuple[Any, list[Any], list[Any]]:
    """A batch (N, C, H, W), and the operators that make of it what the case reads."""
    rank = images[0].ndim
    if rank not in (2, 4):
        raise Left(f"has {rank} axes, where images have 4 and vectors 2")
    if len({image.shape[2:] for image in images}) > 1 or len({len(image) for image in images}) > 1:
        raise Left("repeats numbers of the smaller shape")
    x = np.concatenate(images, axis=1)
    source, steps, constants = "x", [], []
    if rank == 2:
        x = x[:, :, None, None]
        source = "flat" if len(names) > 1 else names[0]
        steps.append(helper.make_node("Flatten", ["x"], [source]))
    elif len(names) == 1:
        steps.append(helper.make_node("Identity", ["x"], names))
    if len(names) > 1:
        sizes = np.array([image.shape[1] for image in images], np.int64)
        constants.append(numpy_helper.from_array(sizes, "sizes"))
        steps.append(helper.make_node("Split", [source, "sizes"], names, axis=1))
    return x, steps, constants


def _run(file: Path, x: Any) -> Any:
    """The network's output for a batch (N, C, H, W)."""
    try:
        read = read_network(file)
    except (DataError, ConfigError) as error:
        raise Left(_reason(str(error), file)) from None
    graph = read.graph
    with Engine(graph, threads=1, seed=0, fork=False, is_drawn=False) as engine:
        for views in (engine.parameters.views, engine.state.views):
            for name, view in views.items():
                view[:] = read.arrays[name]
        batch = Prepared(np.ascontiguousarray(x.transpose(0, 2, 3, 1)), np.zeros(len(x), np.int64))
        scores = engine.scores(batch)
    last = graph.by_name[graph.scores]
    if graph.nodes[-1].layer.kind == "SOFTMAX":
        scores = probabilities(scores)
    return channels_first(scores.reshape(len(x), last.out_shape.H, last.out_shape.W, -1))


def _axes(number: int) -> int:
    return 2 if number < 3 else max(number, 4)


def _reason(message: str, file: Path) -> str:
    """What is said after the operator, without the remedy."""
    return message.removeprefix(f"{file}: ").partition(") ")[2].partition(";")[0]


def found() -> dict[str, dict[str, str]]:
    """For each operator its cases, each with why it is left out; with nothing where it runs."""
    results: dict[str, dict[str, str]] = {operator: {} for operator in sorted(readers())}
    with tempfile.TemporaryDirectory() as folder:
        for case in cases():
            try:
                computed(case, Path(folder))
            except Left as left:
                results[case.operator][case.name] = str(left)
            else:
                results[case.operator][case.name] = ""
    return results


if __name__ == "__main__":
    FOUND.write_text(json.dumps(found(), indent=1) + "\n")
