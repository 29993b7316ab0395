"""A constant behind a layer becomes that layer's own only where nothing else reads the layer."""

import numpy as np
import pytest

pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper

from cnncli.data.channel_stats import ChannelStats
from cnncli.exchange.onnx_models.reading.read_network import read_network
from cnncli.exchange.taken import Taken
from tests.exchange.onnx_models.agreement import our_scores, some_images
from tests.exchange.onnx_models.scoring import channels_first, difference, run

pytestmark = pytest.mark.onnx


@pytest.mark.parametrize("operator", ["Add", "Sub", "Mul", "Div"])
@pytest.mark.parametrize("behind", ["Conv", "BatchNormalization"])
@pytest.mark.parametrize("other_name", [False, True], ids=["one name", "two names"])
@pytest.mark.parametrize("is_shared", [False, True], ids=["alone", "shared"])
def test_scores(operator, behind, other_name, is_shared, tmp_path):
    rng = np.random.default_rng(0)
    arrays = {
        "W": rng.normal(size=(4, 3, 3, 3)),
        "c": rng.uniform(0.5, 2, (4, 1, 1)),
        **{name: rng.uniform(0.5, 2, 4) for name in ("gamma", "beta", "mean", "var")},
    }
    layers = [helper.make_node("Conv", ["x", "W"], ["conv"], pads=[1, 1, 1, 1])]
    last = "conv"
    if behind == "BatchNormalization":
        layers.append(helper.make_node(behind, [last, "gamma", "beta", "mean", "var"], ["norm"]))
        last = "norm"
    source = last
    if other_name:
        layers.append(helper.make_node("Identity", [last], ["same"]))
        source = "same"
    layers.append(helper.make_node(operator, [source, "c"], ["moved"]))
    other = last if is_shared else "moved"
    layers.append(helper.make_node("Relu", [other], ["relu"]))
    joined = ["relu", "moved"] if is_shared else ["relu", "relu"]
    layers.append(helper.make_node("Concat", joined, ["y"], axis=1))
    graph = helper.make_graph(
        layers,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3, 6, 5])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 8, 6, 5])],
        [numpy_helper.from_array(a.astype(np.float32), name) for name, a in arrays.items()],
    )
    opsets = [helper.make_opsetid("", 18)]
    content = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    file = tmp_path / "m.onnx"
    file.write_bytes(content)
    found = read_network(file)
    taken = Taken(found.graph, found.arrays, ChannelStats((0.0,) * 3, (1.0,) * 3), {})
    images = some_images(taken)
    expected = run(content, x=channels_first(images).astype(np.float32))
    assert difference(our_scores(taken, images, "direct"), expected) <= 1e-5
