"""An ONNX file as its operators and constants, read within bounds. Anybody may have written it."""

import hashlib
import os
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import AttributeProto, TensorProto, external_data_helper, helper, numpy_helper

from cnncli.bounds import MAX_NUMBERS, MAX_ONNX_BYTES, MAX_OPERATORS
from cnncli.datasets.problems import problem, unreadable
from cnncli.errors import DataError
from cnncli.geometry import Volume
from cnncli.text import ForeignPath, printable, short

_DOMAINS = ("", "ai.onnx")
_OWN = "an ONNX model of a network of images"
_PLAIN = {
    AttributeProto.FLOAT: "f",
    AttributeProto.INT: "i",
    AttributeProto.FLOATS: "floats",
    AttributeProto.INTS: "ints",
}


class Step(NamedTuple):
    """One operator: what it is called, what it does, what it reads and gives."""

    name: str
    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class Model(NamedTuple):
    """Operators in an order in which each comes after what it reads.

    images: the name of the input, of that volume, and whether it is of bytes. scores: that of the
    first output. opset: of ONNX's own operators. digest: SHA-256 of the file.
    """

    path: Path
    digest: str
    graph: onnx.GraphProto
    steps: tuple[Step, ...]
    constants: Mapping[str, NDArray[Any]]
    images: str
    volume: Volume
    is_bytes: bool
    scores: str
    opset: int
    facts: Mapping[str, str]


def read_model(path: Path) -> Model:
    """Raises DataError where the file is none, or what is in it cannot be taken here."""
    content = _content(path)
    model = _parsed(path, content)
    graph = model.graph
    if len(graph.node) > MAX_OPERATORS:
        found = f"{len(graph.node):,}"
        raise problem(path, f"at most {MAX_OPERATORS:,} operators", found, "fold what is constant")
    if graph.sparse_initializer or model.functions:
        raise problem(path, "operators and dense tensors", "others", "export it without them")
    constants = {tensor.name: _array(path, tensor) for tensor in graph.initializer}
    steps = tuple(_step(path, node, number) for number, node in enumerate(graph.node))
    images, volume, is_bytes = _images(path, graph, constants)
    if not graph.output:
        raise problem(path, "an output", "none", "export it with its class scores")
    opsets = [one.version for one in model.opset_import if one.domain in _DOMAINS]
    facts = {one.key: one.value for one in model.metadata_props}
    return Model(
        path=path,
        digest=hashlib.sha256(content).hexdigest(),
        graph=graph,
        steps=steps,
        constants=constants,
        images=images,
        volume=volume,
        is_bytes=is_bytes,
        scores=graph.output[0].name,
        opset=max(opsets, default=1),
        facts=facts,
    )


def _content(path: Path) -> bytes:
    try:
        if os.stat(path).st_size > MAX_ONNX_BYTES:
            raise problem(path, "a file of up to 2 GiB", "a larger one", "keep its data beside it")
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None


def _parsed(path: Path, content: bytes) -> onnx.ModelProto:
    try:
        model = onnx.load_model_from_string(content)
    except (DecodeError, ValueError):
        raise problem(path, _OWN, "something else", "check the name") from None
    if not model.graph.node:
        raise problem(path, _OWN, "no operators", "check the name")
    return model


def _images(
    path: Path, graph: onnx.GraphProto, constants: Mapping[str, Any]
) -> tuple[str, Volume, bool]:
    """The one input that is no constant, its size, and whether it is of bytes."""
    inputs = [one for one in graph.input if one.name not in constants]
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs) or "none"
        raise problem(path, "one input", names, "export it with the images alone")
    (images,) = inputs
    dims = images.type.tensor_type.shape.dim
    sizes = [dim.dim_value if dim.HasField("dim_value") else 0 for dim in dims]
    if len(sizes) != 4 or min(sizes[1:]) < 1 or prod(sizes[1:]) > MAX_NUMBERS:
        shape = "x".join(str(dim.dim_value or dim.dim_param or "?") for dim in dims) or "no size"
        remedy = "export it for images of one size"
        raise problem(path, f"the input {images.name} of size NxCxHxW", shape, remedy)
    _, D, H, W = sizes
    is_bytes = images.type.tensor_type.elem_type == TensorProto.UINT8
    return images.name, Volume(W, H, D), is_bytes


def _step(path: Path, node: onnx.NodeProto, number: int) -> Step:
    name = node.name or (node.output[0] if node.output else "") or f"{node.op_type}{number}"
    if node.domain not in _DOMAINS:
        operator = f"{node.domain}.{node.op_type}"
        raise refused(path, name, operator, "is no operator of ONNX itself")
    attributes = {one.name: _attribute(path, name, node.op_type, one) for one in node.attribute}
    return Step(name, node.op_type, tuple(node.input), tuple(node.output), attributes)


def _attribute(path: Path, name: str, operator: str, attribute: AttributeProto) -> Any:
    if attribute.type in _PLAIN:
        value = getattr(attribute, _PLAIN[attribute.type])
        return value if isinstance(value, int | float) else list(value)
    if attribute.type == AttributeProto.STRING:
        return attribute.s.decode(errors="replace")
    if attribute.type == AttributeProto.TENSOR:
        return _array(path, attribute.t)
    raise refused(path, name, operator, f"has {short(printable(attribute.name))}, which is unknown")


def refused(path: Path, name: str, operator: str, reason: str) -> DataError:
    """What cannot be said of an operator here; the reason goes on after its name."""
    remedy = "export the network with operators that docs/exchange.md lists"
    return DataError(printable(f"{path}: {short(name)} ({short(operator)}) {reason}; {remedy}"))


def _array(path: Path, tensor: TensorProto) -> NDArray[Any]:
    """The numbers of a tensor, once it is known that the file has as many as it says."""
    where, count = short(printable(tensor.name)), prod(tensor.dims)
    remedy = "the file is damaged; export it anew"
    try:
        dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
    except KeyError:
        raise problem(path, f"numbers in {where}", "another type", remedy) from None
    if dtype.hasobject:
        raise problem(path, f"numbers in {where}", "texts", remedy)
    if min(tensor.dims, default=0) < 0 or count > MAX_NUMBERS:
        found = "x".join(map(str, tensor.dims))
        raise problem(path, f"at most {MAX_NUMBERS:,} numbers in {where}", found, remedy)
    size = count * dtype.itemsize
    if tensor.data_location == TensorProto.EXTERNAL:
        raw = _beside(path, tensor, size)
        return np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype).reshape(tensor.dims)
    if tensor.HasField("raw_data") and len(tensor.raw_data) != size:
        raise problem(path, f"{size:,} bytes of {where}", f"{len(tensor.raw_data):,}", remedy)
    try:
        return np.asarray(numpy_helper.to_array(tensor))
    except (ValueError, TypeError):
        raise problem(path, f"{count:,} numbers of {where}", "others", remedy) from None


def _beside(path: Path, tensor: TensorProto, size: int) -> bytes:
    """The bytes of a tensor that lie in a file of their own, which must be in the same folder."""
    name = printable(tensor.name)
    remedy = "the file is damaged; export it anew"
    try:
        info = external_data_helper.ExternalDataInfo(tensor)
        begin = int(info.offset or 0)
    except ValueError:
        raise problem(path, f"where the data of {name} begins", "no number", remedy) from None
    location = str(info.location)
    relative = ForeignPath(location)
    file = path.parent / relative
    is_name = location not in ("", ".", "..") and "\0" not in location
    if not is_name or relative.name != location or file.is_symlink():
        rule = f"the data of {name} in a file beside it"
        raise problem(path, rule, location, "put the data there, and no link")
    try:
        with open(file, "rb") as stream:
            there = os.fstat(stream.fileno()).st_size
            if begin < 0 or begin + size > there:
                found = f"{there:,} in {location}"
                raise problem(path, f"bytes {begin:,} to {begin + size:,} of {name}", found, remedy)
            stream.seek(begin)
            return stream.read(size)
    except OSError as error:
        raise unreadable(file, error) from None
