"""Every layer of the contract table as operators of ONNX, read again."""

import numpy as np
import pytest

from cnncli.layers.adaptive_pool import AdaptivePool
from cnncli.layers.local import Local
from cnncli.layers.normalization import Lrn
from tests.exchange.cases import ALL
from tests.layers.contract import Bench

pytest.importorskip("onnx")

from cnncli.engine.batch import Prepared
from cnncli.engine.engine import Engine
from cnncli.errors import DataError
from cnncli.exchange.onnx_models.reading.read_network import read_network
from cnncli.inference.classifier import probabilities
from tests.exchange.onnx_models.scoring import channels_first, difference
from tests.exchange.onnx_models.test_writers import model_of_layer

pytestmark = pytest.mark.onnx


def is_many_operators(layer, volume):
    """Whether ONNX says it by operators that no layer is, and that are not put together again."""
    if isinstance(layer, AdaptivePool):
        return volume.W % layer.places.W != 0 or volume.H % layer.places.H != 0
    return isinstance(layer, Local) or (isinstance(layer, Lrn) and layer.n % 2 == 0)


@pytest.mark.parametrize(("layer", "volume"), ALL, ids=lambda value: str(value))
def test_a_layer_alone(layer, volume, tmp_path):
    bench = Bench(layer, volume, dtype=np.float32)
    if len(bench.xs) > 1:
        pytest.skip("reads several images, as configurations and ONNX's own cases do")
    file = tmp_path / "layer.onnx"
    file.write_bytes(model_of_layer(bench, flat=False))
    if is_many_operators(layer, volume):
        with pytest.raises(DataError, match=rf"^{file}: layer/\w+ \(\w+\) "):
            read_network(file)
        return
    found = read_network(file)
    (x,), out = bench.xs, bench.out
    with Engine(found.graph, threads=1, seed=0, fork=False, is_drawn=False) as engine:
        for views in (engine.parameters.views, engine.state.views):
            for name, view in views.items():
                view[:] = found.arrays[name]
        ours = engine.scores(Prepared(x, np.zeros(len(x), np.int64)))
    if found.graph.nodes[-1].layer.kind == "SOFTMAX":
        ours = probabilities(ours)
    ours = channels_first(ours.reshape(len(x), out.H, out.W, out.D))
    assert difference(ours, channels_first(bench.forward(training=False))) <= 2e-6
