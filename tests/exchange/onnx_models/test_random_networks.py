"""Networks of layers with random hyperparameters, weights and statistics, as models and back."""

import numpy as np
import pytest
import yaml

import cnncli

pytest.importorskip("onnx")

from cnncli.exchange.onnx_models.model import encode, model_of
from cnncli.exchange.onnx_models.reading.read_network import read_network
from cnncli.exchange.taken import Taken
from tests.exchange.onnx_models.agreement import MOST, agreement
from tests.page.sections.live_networks import EVERY_KIND, random_network, saved

pytestmark = pytest.mark.onnx

SEEDS = range(40)


def _every_kind():
    return cnncli.Network(yaml.safe_load(EVERY_KIND))


@pytest.mark.parametrize("seed", [-1, *SEEDS])
def test_a_network(seed, tmp_path):
    """-1: one of every kind of layer."""
    network = _every_kind() if seed < 0 else random_network(seed)
    with saved(network, tmp_path / "run.safetensors", max(seed, 0)) as run:
        taken = Taken.of_run(run.saved)
    for kernels, found in agreement(taken).items():
        assert found <= MOST[kernels]
    file = tmp_path / "network.onnx"
    file.write_bytes(encode(model_of(taken)))
    own = read_network(file)
    assert own.classes == taken.classes
    assert own.stats == taken.stats
    assert [(node.name, node.layer) for node in own.graph.nodes] == [
        (node.name, node.layer) for node in taken.graph.nodes
    ]
    for name, array in taken.arrays.items():
        np.testing.assert_array_equal(own.arrays[name], array, err_msg=name)
