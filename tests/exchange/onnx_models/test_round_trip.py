"""Every configuration as a model and back."""

from dataclasses import replace

import numpy as np
import pytest

from cnncli.check.check import check

pytest.importorskip("onnx")

from cnncli.exchange.onnx_models.model import encode, model_of
from cnncli.exchange.onnx_models.reading.read_network import read_network
from cnncli.exchange.taken import Taken
from tests.exchange.onnx_models.agreement import (
    SHORT_AND_LONG,
    of_configuration,
    our_scores,
    some_images,
)
from tests.exchange.onnx_models.scoring import difference

pytestmark = pytest.mark.onnx

CHAINS_AND_RESIDUAL = {
    "alexnet", "alexnet_groups", "allcnn_c", "cifar", "cifar_90", "cifar_94", "convnext_tiny",
    "darknet19", "darknet53", "digits", "lenet5", "mobilenet", "mobilenet_v2", "nin", "notes",
    "resnet101", "resnet18", "resnet20", "resnet34", "resnet50", "resnet56", "resnext50_32x4d",
    "small", "vgg", "vgg11", "vgg13", "vgg16", "vgg19", "vggbn", "wrn28_10", "zfnet",
}  # fmt: skip


def layers(graph):
    return [(node.name, node.layer, node.inputs) for node in graph.nodes]


@pytest.mark.parametrize("config", SHORT_AND_LONG)
def test_a_configuration(config, tmp_path):
    """By what is noted in the model to the bit, and by its operators alone with the same scores."""
    spec, graph = check(config).network()
    taken = of_configuration(config)
    model = model_of(taken)
    file = tmp_path / "network.onnx"
    file.write_bytes(encode(model))
    own = read_network(file)
    assert layers(own.graph) == layers(graph)
    assert own.stats == taken.stats
    assert own.spec.train == replace(spec.train, threads=None, start=None)
    assert own.spec.data == (spec.data and replace(spec.data, root=None))
    assert own.arrays.keys() == taken.arrays.keys()
    for name, array in taken.arrays.items():
        np.testing.assert_array_equal(own.arrays[name], array, err_msg=name)

    del model.metadata_props[:]
    file.write_bytes(encode(model))
    found = read_network(file, fold=True)
    images = some_images(taken)
    other = Taken(found.graph, found.arrays, found.stats, {})
    expected = our_scores(taken, images, "direct")
    assert difference(our_scores(other, images, "direct"), expected) <= 1e-5
    assert found.names.keys() == {node.name for node in found.graph.nodes}
    if config.stem in CHAINS_AND_RESIDUAL:
        assert found.text.count("\n") <= 2 * config.read_text().count("\n")
