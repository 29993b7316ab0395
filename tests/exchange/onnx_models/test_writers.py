"""Every layer of the contract table as operators of ONNX, computed by ONNX Runtime."""

import numpy as np
import pytest

from cnncli.layers import families
from tests.exchange.cases import ALL, is_vector, node_of, volumes_of
from tests.layers.contract import Bench

onnx = pytest.importorskip("onnx")

from cnncli.exchange.onnx_models.model import IR_VERSION  # noqa: E402
from cnncli.exchange.onnx_models.operators import (  # noqa: E402
    OPSET,
    WRITERS,
    Operators,
    Value,
    write,
)
from tests.exchange.onnx_models.scoring import channels_first, difference, run  # noqa: E402

pytestmark = pytest.mark.onnx


def model_of_layer(bench, flat):
    """A model of the layer alone: bytes."""
    volumes, ops = volumes_of(bench), Operators()
    xs = [Value(f"x{i}", flat and is_vector(v)) for i, v in enumerate(volumes)]
    y = write(ops, node_of(bench), bench.params | bench.state, xs)
    if y in xs:
        y = ops.add("Identity", y)
    if y.flat:
        y = ops.volume(y)
    helper = onnx.helper
    inputs = [
        helper.make_tensor_value_info(
            x.name, onnx.TensorProto.FLOAT, ["N", v.D] if x.flat else ["N", v.D, v.H, v.W]
        )
        for x, v in zip(xs, volumes, strict=True)
    ]
    out = bench.out
    output = helper.make_tensor_value_info(
        y.name, onnx.TensorProto.FLOAT, ["N", out.D, out.H, out.W]
    )
    graph = helper.make_graph(ops.nodes, "layer", inputs, [output], [*ops.weights.values()])
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION
    )
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


@pytest.mark.parametrize("flat", [False, True], ids=["volume", "flat"])
@pytest.mark.parametrize(("layer", "volume"), ALL, ids=lambda value: str(value))
def test_a_layer_alone(layer, volume, flat):
    bench = Bench(layer, volume, dtype=np.float32)
    if flat and not any(map(is_vector, volumes_of(bench))):
        pytest.skip("its inputs are maps")
    rng = np.random.default_rng(1)
    for name, array in bench.state.items():
        array[:] = (
            rng.uniform(0.5, 2, array.shape) if name == "var" else rng.normal(size=array.shape)
        )
    expected = channels_first(bench.forward(training=False))
    given = {}
    for i, x in enumerate(bench.xs):
        x = channels_first(x)
        given[f"x{i}"] = x[:, :, 0, 0] if flat and x.shape[2:] == (1, 1) else x
    assert difference(run(model_of_layer(bench, flat), **given), expected) <= 2e-6


def test_every_family_is_written():
    written = WRITERS.all
    for family in dict.fromkeys(families().values()):
        assert family in written or family.is_for_training or family.spelling.name == "INPUT"
    assert {type(layer) for layer, _ in ALL} >= set(written)
