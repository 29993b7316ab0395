"""Files that are no models, or that want to do harm: one line, and no memory taken for them."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper

from cnncli.errors import DataError
from cnncli.exchange.onnx_models.reading.read_network import read_network

pytestmark = pytest.mark.onnx

IMAGE = ["N", 3, 8, 8]


def model(*nodes, shape=IMAGE, arrays=(), out="y", facts=(), inputs=("x",)):
    """Bytes; arrays: pairs of a name and an array or a TensorProto."""
    tensors = [
        array if isinstance(array, TensorProto) else numpy_helper.from_array(array, name)
        for name, array in arrays
    ]
    graph = helper.make_graph(
        list(nodes),
        "g",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in inputs],
        [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
        tensors,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    helper.set_model_props(made, dict(facts))
    return made.SerializeToString()


def node(operator, *inputs, out="y", **attributes):
    return helper.make_node(operator, inputs, [out], "n", **attributes)


def filters(K=4, C=3, F=3):
    return np.ones((K, C, F, F), np.float32)


def tensor(name, dims, data_type=TensorProto.FLOAT, **rest):
    made = TensorProto(name=name, data_type=data_type, dims=dims)
    for key, value in rest.items():
        setattr(made, key, value)
    return made


RELU = node("Relu", "x")
CONV = node("Conv", "x", "W")


def external(**info):
    made = tensor("W", [4, 3, 3, 3])
    made.data_location = TensorProto.EXTERNAL
    for key, value in info.items():
        entry = made.external_data.add()
        entry.key, entry.value = key, str(value)
    return made


OTHERWISE = "; export the network with operators that docs/exchange.md lists"
FILES = {
    "empty": b"",
    "text": b"architecture: INPUT-FC\n",
    "pickle": pickle.dumps(print),
    "cut off": model(CONV, arrays=[("W", filters())])[:-40],
    "no input": model(node("Constant", value_float=1.0), inputs=()),
    "two inputs": model(node("Add", "x", "z"), inputs=("x", "z")),
    "input of 3 axes": model(RELU, shape=[1, 3, 8]),
    "images of any size": model(RELU, shape=["N", 3, "H", "W"]),
    "huge image": model(RELU, shape=[1, 3, 1 << 40, 1 << 40]),
    "unknown operator": model(node("Loop", "x")),
    "other domain": model(node("Relu", "x", domain="com.evil")),
    "control characters": model(helper.make_node("Evil\x1b[2J", ["x"], ["y"], "a\nb")),
    "subgraph": model(node("If", "x", then_branch=helper.make_graph([RELU], "t", [], []))),
    "reads nothing": model(node("Relu", "nowhere")),
    "reads itself": model(node("Add", "x", "y")),
    "wrong order": model(node("Relu", "a"), node("Relu", "x", out="a")),
    "no array": model(CONV),
    "many numbers": model(CONV, arrays=[("W", tensor("W", [1 << 20] * 3))]),
    "negative size": model(CONV, arrays=[("W", tensor("W", [-4, 3, 3, 3], raw_data=b"1234"))]),
    "too few bytes": model(CONV, arrays=[("W", tensor("W", [4, 3, 3, 3], raw_data=b"1234"))]),
    "texts": model(CONV, arrays=[("W", tensor("W", [1], TensorProto.STRING))]),
    "unknown type": model(CONV, arrays=[("W", tensor("W", [1], 99))]),
    "other depth": model(CONV, arrays=[("W", filters(C=5))]),
    "stride 0": model(node("Conv", "x", "W", strides=[0, 0]), arrays=[("W", filters())]),
    "huge stride": model(node("Conv", "x", "W", strides=[1 << 60] * 2), arrays=[("W", filters())]),
    "huge pads": model(node("Conv", "x", "W", pads=[1 << 40] * 4), arrays=[("W", filters())]),
    "negative pads": model(node("Conv", "x", "W", pads=[-1] * 4), arrays=[("W", filters())]),
    "attribute of another type": model(
        node("Conv", "x", "W", strides=3), arrays=[("W", filters())]
    ),
    "attribute that is text": model(node("LeakyRelu", "x", alpha="steep")),
    "not a number": model(node("LeakyRelu", "x", alpha=float("nan"))),
    "several limits": model(
        node("Clip", "x", "a", "b"), arrays=[("a", np.zeros(3)), ("b", np.ones(3))]
    ),
    "groups of none": model(node("Reshape", "x", "s"), arrays=[("s", np.array([0, 0, 0]))]),
    "huge factor": model(
        node("Resize", "x", "", "f"), arrays=[("f", np.array([1, 1, 1e9, 1e9], np.float32))]
    ),
    "filled": model(
        node("ConstantOfShape", "s", out="W"),
        CONV,
        arrays=[("s", np.array([1 << 15, 1 << 15, 1 << 15, 3]))],
    ),
    "doubled": model(
        *(
            helper.make_node("Concat", [f"c{i}"] * 2, [f"c{i + 1}"], f"double{i}", axis=0)
            for i in range(60)
        ),
        node("Conv", "x", "c60"),
        arrays=[("c0", np.ones(1024, np.float32))],
    ),
    "gathered": model(
        node("Gather", "a", "i", out="W"),
        CONV,
        arrays=[("a", np.ones((1, 1 << 20), np.float32)), ("i", np.zeros(1 << 20, np.int64))],
    ),
    "data above": model(CONV, arrays=[("W", external(location="../weights"))]),
    "data anywhere": model(CONV, arrays=[("W", external(location="/etc/passwd"))]),
    "data behind a link": model(CONV, arrays=[("W", external(location="link"))]),
    "data of no name": model(CONV, arrays=[("W", external(location="a\0b"))]),
    "no data": model(CONV, arrays=[("W", external(location="missing"))]),
    "data beyond the end": model(
        CONV, arrays=[("W", external(location="weights", offset=1 << 40))]
    ),
    "offset that is text": model(CONV, arrays=[("W", external(location="weights", offset="x"))]),
    "too many operators": model(
        *(helper.make_node("Relu", ["x"], ["y"], "n") for _ in range(50_001))
    ),
    "too many layers": model(
        *(helper.make_node("Relu", [f"{i}" if i else "x"], [f"{i + 1}"], "n") for i in range(6000)),
        out="6000",
    ),
}
SAYS = {
    "empty": "expected an ONNX model of a network of images, found no operators; check the name",
    "text": "expected an ONNX model of a network of images, found no operators; check the name",
    "pickle": "expected an ONNX model of a network of images, found something else; check the name",
    "cut off": (
        "expected an ONNX model of a network of images, found something else; check the name"
    ),
    "no input": "expected one input, found none; export it with the images alone",
    "two inputs": "expected one input, found x, z; export it with the images alone",
    "input of 3 axes": (
        "expected the input x of size NxCxHxW, found 1x3x8; export it for images of one size"
    ),
    "images of any size": (
        "expected the input x of size NxCxHxW, found Nx3xHxW; export it for images of one size"
    ),
    "huge image": (
        "expected the input x of size NxCxHxW, found 1x3x1099511627776x1099511627776; "
        "export it for images of one size"
    ),
    "unknown operator": "n (Loop) has no layer here that does the same" + OTHERWISE,
    "other domain": "n (com.evil.Relu) is no operator of ONNX itself" + OTHERWISE,
    "control characters": "a?b (Evil?[2J) has no layer here that does the same" + OTHERWISE,
    "subgraph": "n (If) has then_branch, which is unknown" + OTHERWISE,
    "reads nothing": "n (Relu) reads nowhere, which nothing before it makes of the images"
    + OTHERWISE,
    "reads itself": "n (Add) reads y, which nothing before it makes of the images" + OTHERWISE,
    "wrong order": "n (Relu) reads a, which nothing before it makes of the images" + OTHERWISE,
    "no array": "n (Conv) reads W, which has to be constant, and is not" + OTHERWISE,
    "many numbers": (
        "expected at most 2,147,483,648 numbers in W, found 1048576x1048576x1048576; the "
        "file is damaged; export it anew"
    ),
    "negative size": (
        "expected at most 2,147,483,648 numbers in W, found -4x3x3x3; the file is "
        "damaged; export it anew"
    ),
    "too few bytes": "expected 432 bytes of W, found 4; the file is damaged; export it anew",
    "texts": "expected numbers in W, found texts; the file is damaged; export it anew",
    "unknown type": (
        "expected numbers in W, found another type; the file is damaged; export it anew"
    ),
    "other depth": "n (Conv) has 3x3x5x4 numbers for W, which is 3x3x3x4 here" + OTHERWISE,
    "stride 0": "n (Conv) has attributes or inputs that do not go together" + OTHERWISE,
    "huge stride": (
        "n (Conv) does not fit: S must be a whole number or WIDTHxHEIGHT, like 3 or 3x5, not "
        "'1152921504606846976'"
    )
    + OTHERWISE,
    "huge pads": (
        "n (Conv) does not fit: F=3, S=1, P=1099511627776: the padded input "
        "2199023255560x2199023255560x3 has 14,507,109,835,481,103,212,740,800 numbers; at most "
        "2,147,483,648 are possible"
    )
    + OTHERWISE,
    "negative pads": "n (Conv) has the pads [-1, -1, -1, -1], which no layer has" + OTHERWISE,
    "attribute of another type": "n (Conv) has attributes or inputs that do not go together"
    + OTHERWISE,
    "attribute that is text": "n (LeakyRelu) has attributes or inputs that do not go together"
    + OTHERWISE,
    "not a number": "n (LeakyRelu) has the slope nan; here it is at least 0 and less than 1"
    + OTHERWISE,
    "several limits": "n (Clip) has 3 numbers for min, which is one" + OTHERWISE,
    "groups of none": "expected class scores in y, found something else; name them first",
    "huge factor": "n (Resize) has more numbers than are possible" + OTHERWISE,
    "filled": "n (ConstantOfShape) computes more constants than are possible" + OTHERWISE,
    "doubled": "double17 (Concat) computes more constants than are possible" + OTHERWISE,
    "gathered": "n (Gather) computes more constants than are possible" + OTHERWISE,
    "data above": (
        "expected the data of W in a file beside it, found ../weights; put the data "
        "there, and no link"
    ),
    "data anywhere": (
        "expected the data of W in a file beside it, found /etc/passwd; put the data "
        "there, and no link"
    ),
    "data behind a link": (
        "expected the data of W in a file beside it, found link; put the data there, and no link"
    ),
    "data of no name": (
        "expected the data of W in a file beside it, found a?b; put the data there, and no link"
    ),
    "no data": (
        "FOLDER/missing: cannot be read: No such file or directory; check the path and "
        "its permissions"
    ),
    "data beyond the end": (
        "expected bytes 1,099,511,627,776 to 1,099,511,628,208 of W, found 4 in weights; "
        "the file is damaged; export it anew"
    ),
    "offset that is text": (
        "expected where the data of W begins, found no number; the file is damaged; export it anew"
    ),
    "too many operators": "expected at most 50,000 operators, found 50,001; fold what is constant",
    "too many layers": "is no network here: 6,001 items; at most 5,000 layers are allowed",
}


@pytest.mark.parametrize("name", FILES)
def test_one_line(name, tmp_path):
    file = tmp_path / "m.onnx"
    file.write_bytes(FILES[name])
    (tmp_path / "weights").write_bytes(b"1234")
    os.symlink("/etc/passwd", tmp_path / "link")
    with pytest.raises(DataError) as raised:
        read_network(file)
    said = str(raised.value).removeprefix(f"{file}: ").replace(str(tmp_path), "FOLDER")
    assert said == SAYS[name]


@pytest.mark.parametrize("name", ["many numbers", "filled", "doubled", "gathered", "huge pads"])
def test_no_memory_is_taken(name, tmp_path):
    """In a process that may not have 2 GiB."""
    file = tmp_path / "m.onnx"
    file.write_bytes(FILES[name])
    code = (
        "import resource, sys\n"
        "from cnncli.__main__ import main\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        f"sys.argv = ['cnn', 'import', {str(file)!r}, '--out', {str(tmp_path / 'n.yaml')!r}]\n"
        "main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stderr == f"{file}: {SAYS[name]}\n"
    assert done.returncode == 3
