"""Warnings, with the exact texts."""

import pytest
from handmade import CIFAR, layer, specification, texts, written

from cnncli.errors import Place, Problem
from cnncli.graph.build import build
from cnncli.layers.hyperparameters import Volume

IMAGE = Volume(32, 32, 3)


def warnings(*layers) -> list[str]:
    graph = build(specification(*layers, data=CIFAR), IMAGE, 10)
    graph.check()
    return texts(graph)


def test_relu_on_the_class_scores():
    text = (
        "warning: net.yaml:4:5: layers[2] 'relu2': RELU behind the last FC sets every class score "
        "below 0 to 0.\n  Leave it out."
    )
    assert warnings(layer("INPUT"), layer("FC"), layer("RELU")) == [text]
    assert warnings(layer("INPUT"), layer("FC"), layer("RELU"), layer("SOFTMAX")) == [text]


def test_relu_behind_a_hidden_fc_is_usual():
    assert warnings(layer("INPUT"), layer("FC"), layer("RELU"), layer("FC")) == []


def test_two_activations_in_a_row():
    assert warnings(layer("INPUT"), layer("RELU"), layer("RELU"), layer("FC")) == [
        "warning: net.yaml:4:5: layers[2] 'relu2': RELU follows RELU, and changes nothing.\n"
        "  Leave one out."
    ]


@pytest.mark.parametrize("kind", ["CONV", "POOL"])
def test_a_stride_larger_than_the_window(kind):
    found = warnings(layer("INPUT"), layer(kind, F=2, S=3, P=0), layer("FC"))
    assert found == [
        f"warning: net.yaml:3:5: layers[1] '{kind.lower()}1': the stride S=3 is larger than the "
        "window F=2: the pixels in between are never seen.\n  Write S=2 or less, or a larger F."
    ]


def test_the_stride_of_a_single_place_does_not_matter():
    assert warnings(layer("INPUT"), layer("CONV", F=32, S=40, P=0, K=10)) == []


def test_a_network_that_learns_nothing():
    graph = build(specification(layer("INPUT", size=(8, 8, 1)), layer("POOL")), None, None)
    assert texts(graph) == [
        "warning: net.yaml:3:5: layers[1] 'pool1': no layer of the network has parameters, so "
        "there is nothing to train.\n  Add FC."
    ]


def test_classes_that_nobody_tells():
    spec = specification(layer("INPUT", size=(8, 8, 1)), layer("FC"))
    assert texts(build(spec, None, None)) == [
        "warning: net.yaml:3:5: layers[1] 'fc1': without a data set the number of classes is "
        "unknown; 128 outputs are assumed.\n  Write K, or name a data set with data:."
    ]


def test_an_fc_that_could_not_be_read_is_not_warned_of():
    reported = Problem(Place("net.yaml", 3, 5), "layers[1].K", "must be at least 1")
    layers = (layer("INPUT", size=(8, 8, 1)), written(1, None, "FC"))
    graph = build(specification(*layers, problems=[reported]), None, None)
    assert graph.problems == (reported,)
