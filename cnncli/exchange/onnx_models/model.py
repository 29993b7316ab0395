"""A network as an ONNX model: bytes of images in, class scores out."""

from collections.abc import Callable, Iterator, Mapping

import onnx
from onnx import TensorProto, helper

from cnncli.bounds import MAX_ONNX_WEIGHTS
from cnncli.errors import UsageError
from cnncli.exchange.taken import Taken
from cnncli.graph.network import Graph, Node
from cnncli.version import __version__

from .operators import OPSET, Arrays, Operators, Value, write

IR_VERSION = 8
"""Of the file, as old as the operators."""
IMAGES, SCORES = "images", "scores"
SCALE, SHIFT = "scale", "shift"
"""By which each channel of the bytes is normalised."""


def model_of(taken: Taken) -> onnx.ModelProto:
    """The model, checked. Raises UsageError where it would be larger than a file can be.

    Its input are images (N, D, H, W) of bytes, as they are in the training set; it normalises
    them, and gives the scores (N, K), or a map of them (N, K, H2, W2).
    """
    _check_size(taken)
    model = helper.make_model(
        graph_of(taken),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="cnncli",
        producer_version=__version__,
    )
    helper.set_model_props(model, dict(_texts(taken.facts)))
    onnx.checker.check_model(model, full_check=True)
    return model


def encode(model: onnx.ModelProto) -> bytes:
    """The file: of the same network always the same bytes."""
    return bytes(model.SerializeToString(deterministic=True))


def graph_of(taken: Taken) -> onnx.GraphProto:
    """Its operators and weights."""
    ops, values = Operators(), {}
    for node, value in written(ops, taken.graph, taken.line, taken.of):
        values[node.name] = value
    out = taken.graph.by_name[taken.graph.scores].out_shape
    last = values[taken.graph.scores]
    if not last.flat and out[:2] == (1, 1):
        last = ops.add("Flatten", last, flat=True)
    _rename(ops, last.name)
    W, H, D = taken.graph.image
    shape: list[str | int | None] = ["N", out.D] if last.flat else ["N", out.D, out.H, out.W]
    return helper.make_graph(
        ops.nodes,
        "cnncli",
        [helper.make_tensor_value_info(IMAGES, TensorProto.UINT8, ["N", D, H, W])],
        [helper.make_tensor_value_info(SCORES, TensorProto.FLOAT, shape)],
        [*ops.weights.values()],
    )


def written(
    ops: Operators, graph: Graph, line: Arrays, arrays_of: Callable[[Node], Arrays]
) -> Iterator[tuple[Node, Value]]:
    """Writes each node up to the class scores, and yields it with what it gives.

    line: scale and shift of each channel of the bytes.
    """
    values: dict[str, Value] = {}
    for node in graph.nodes:
        xs = [values[name] for name in node.inputs]
        value = write(ops, node, arrays_of(node), xs) if xs else _prepared(ops, node, line)
        values[node.name] = value
        yield node, value
        if node.name == graph.scores:
            return


def _prepared(ops: Operators, node: Node, line: Arrays) -> Value:
    """Images as the pipeline gives them: in float32, scaled and shifted."""
    ops.begin(node.name)
    x = ops.add("Cast", Value(IMAGES), to=TensorProto.FLOAT)
    for operator, name in (("Mul", SCALE), ("Add", SHIFT)):
        x = ops.add(operator, x, ops.by_channel(x, name, line[name]))
    return x


def _rename(ops: Operators, last: str) -> None:
    """Calls the last value the scores, for whoever reads it too."""
    for node in ops.nodes:
        for names in (node.input, node.output):
            names[:] = [SCORES if name == last else name for name in names]


def _check_size(taken: Taken) -> None:
    size = sum(array.nbytes for array in taken.arrays.values())
    if size > MAX_ONNX_WEIGHTS:
        raise UsageError(
            f"the network's weights take {size:,} bytes, and an ONNX file ends at 2 GiB"
        )


def _texts(facts: Mapping[str, str]) -> Mapping[str, str]:
    """Facts as Protocol Buffers take them: what is no text is replaced."""
    return {name: text.encode(errors="replace").decode() for name, text in facts.items()}
