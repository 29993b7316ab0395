"""The networks that come with the package onnx, with random weights, beside ONNX Runtime."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")

import onnx.backend.test
from onnx import numpy_helper

from cnncli.data.channel_stats import ChannelStats
from cnncli.exchange.onnx_models.reading.read_network import read_network
from cnncli.exchange.taken import Taken
from tests.exchange.onnx_models.agreement import our_scores, some_images
from tests.exchange.onnx_models.scoring import channels_first, difference, run

pytestmark = pytest.mark.onnx

FOLDER = Path(onnx.backend.test.__file__).parent / "data" / "light"
LAYERS = {
    "light_bvlc_alexnet": 23,
    "light_densenet121": 427,
    "light_inception_v1": 142,
    "light_inception_v2": 232,
    "light_resnet50": 175,
    "light_shufflenet": 170,
    "light_squeezenet": 66,
    "light_vgg19": 45,
    "light_zfnet512": 21,
}
"""With the INPUT, and without the SOFTMAX."""


def with_random_weights(model):
    """In the place of those that the file fills with one number; the scores in that of shares."""
    graph, rng = model.graph, np.random.default_rng(0)
    kinds = {}
    for node in graph.node:
        if node.op_type in ("Conv", "Gemm"):
            kinds[node.input[1]] = "weights"
        if node.op_type == "BatchNormalization":
            kinds |= {node.input[1]: "gamma", node.input[4]: "variance"}
    shapes = {tensor.name: numpy_helper.to_array(tensor).tolist() for tensor in graph.initializer}
    draw = {
        "weights": lambda shape: rng.normal(0, np.sqrt(2 / np.prod(shape[1:])), shape),
        "gamma": lambda shape: rng.uniform(0.5, 1.5, shape),
        "variance": lambda shape: rng.uniform(0.5, 2, shape),
        "other": lambda shape: rng.normal(0, 0.1, shape),
    }
    kept = []
    for node in graph.node:
        if node.op_type == "ConstantOfShape":
            (name,) = node.output
            array = draw[kinds.get(name, "other")](shapes[node.input[0]])
            graph.initializer.append(numpy_helper.from_array(array.astype(np.float32), name))
        else:
            kept.append(node)
    if kept[-1].op_type == "Softmax":
        graph.output[0].name = kept.pop().input[0]
        del graph.output[0].type.tensor_type.shape.dim[:]
    del graph.node[:]
    graph.node.extend(kept)
    return model


LONG = {"light_bvlc_alexnet", "light_vgg19", "light_zfnet512"}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n in LONG)) for n in LAYERS]
)
def test_a_network(name, tmp_path):
    model = with_random_weights(onnx.load(FOLDER / f"{name}.onnx"))
    file = tmp_path / f"{name}.onnx"
    file.write_bytes(model.SerializeToString())
    found = read_network(file, fold=True)
    assert len(found.graph.nodes) == LAYERS[name]
    D = found.graph.image.D
    taken = Taken(found.graph, found.arrays, ChannelStats((0.0,) * D, (1.0,) * D), {})
    images = some_images(taken)
    weights = {tensor.name for tensor in model.graph.initializer}
    (given,) = (value.name for value in model.graph.input if value.name not in weights)
    floats = channels_first(images).astype(np.float32)
    one_by_one = [run(file.read_bytes(), **{given: floats[i : i + 1]}) for i in (0, 1)]
    ours = our_scores(taken, images, "direct")
    assert difference(ours, np.concatenate(one_by_one).reshape(ours.shape)) <= 1e-5


def test_all_of_them():
    assert {path.stem for path in FOLDER.glob("*.onnx")} == {*LAYERS}
