"""The worked numbers of the notes that are about shapes, parameters and costs."""

import pytest

from cnncli.geometry import Volume
from cnncli.graph.build import build
from tests.graph.handmade import layer, network, specification

IMAGE = Volume(32, 32, 3)


def conv_of(size: tuple[int, int, int], **fields):
    """The node of a CONV right behind an INPUT of the size."""
    return network(layer("INPUT", size=size), layer("CONV", **fields)).nodes[1]


def weights_of_a_neuron(node) -> int:
    return node.params["W"].shape[0] * node.params["W"].shape[1] * node.params["W"].shape[2]


def test_the_simplest_classifier_for_cifar10():
    kinds = ("INPUT", "CONV", "RELU", "POOL", "FC")
    graph = network(*map(layer, kinds), image=IMAGE, classes=10)
    shapes = [str(node.out_shape) for node in graph.nodes]
    assert shapes == ["32x32x3", "32x32x12", "32x32x12", "16x16x12", "1x1x10"]


@pytest.mark.parametrize(("size", "weights"), [((32, 32, 3), 3072), ((200, 200, 3), 120_000)])
def test_weights_of_a_fully_connected_neuron(size, weights):
    fc = network(layer("INPUT", size=size), layer("FC", K=1)).nodes[1]
    assert fc.parameters == weights + 1


@pytest.mark.parametrize(("size", "F", "weights"), [((32, 32, 3), 5, 75), ((16, 16, 20), 3, 180)])
def test_weights_and_one_bias_for_each_neuron(size, F, weights):
    node = conv_of(size, F=F, K=1)
    assert weights_of_a_neuron(node) == weights
    assert node.parameters == weights + 1
    assert node.cost.unshared == node.out_shape.size * (weights + 1)
    assert node.cost.macs == node.out_shape.size * weights


@pytest.mark.parametrize(
    ("W", "F", "P", "S", "places"),
    [(7, 3, 0, 1, 5), (7, 3, 0, 2, 3), (5, 3, 1, 1, 5), (5, 3, 1, 2, 3)],
)
def test_places(W, F, P, S, places):
    assert conv_of((W, W, 3), F=F, P=P, S=S, K=2).out_shape == (places, places, 2)


@pytest.mark.parametrize("F", [1, 3, 5, 7])
def test_half_the_extent_as_padding_keeps_the_size(F):
    assert conv_of((32, 17, 3), F=F, S=1).out_shape == (32, 17, 12)


def problem_of(size: int, **fields) -> str:
    spec = specification(layer("INPUT", size=(size, size, 3)), layer("CONV", **fields))
    (problem,) = build(spec, None, None).problems
    return problem.full_text()


def test_stride_3_does_not_fit_width_5():
    assert problem_of(5, F=3, P=1, S=3) == (
        "net.yaml:3:5: layers[1] 'conv1': F=3, S=3, P=1 do not fit width 5 and height 5:\n"
        "  (5 - 3 + 2*1)/3 + 1 = 2.333 is not a whole number.\n"
        "  These fit:\n"
        "  [1] P: {left: 0, right: 1, top: 0, bottom: 1} -> 2x2x12\n"
        "  [2] fit: crop -> 2x2x12 (drops 1 row and 1 column)\n"
        "  [3] INPUT: 4x4x3 -> 2x2x12\n"
        "  [4] F: 4 -> 2x2x12\n"
        "  [5] S: 2 -> 3x3x12\n"
        "  [6] S: 1 -> 5x5x12"
    )


def test_width_10_with_stride_2_gives_4_and_a_half():
    assert "(10 - 3 + 2*0)/2 + 1 = 4.5 is not a whole number." in problem_of(10, F=3, P=0, S=2)


def test_the_first_layer_of_alexnet():
    node = conv_of((227, 227, 3), F=11, S=4, P=0, K=96)
    assert node.out_shape == (55, 55, 96)
    assert node.out_shape.size == 290_400
    assert (weights_of_a_neuron(node), node.out_shape.W * node.out_shape.H) == (363, 3025)
    assert node.cost.macs == 96 * 363 * 3025
    assert node.cost.unshared == 290_400 * 364 == 105_705_600
    assert node.parameters == 34_848 + 96 == 34_944


def test_224_instead_of_227():
    assert problem_of(224, F=11, S=4, P=0, K=96) == (
        "net.yaml:3:5: layers[1] 'conv1': F=11, S=4, P=0 do not fit width 224 and height "
        "224:\n"
        "  (224 - 11 + 2*0)/4 + 1 = 54.25 is not a whole number.\n"
        "  These fit:\n"
        "  [1] fit: crop -> 54x54x96 (drops 1 row and 1 column)\n"
        "  [2] INPUT: 223x223x3 -> 54x54x96\n"
        "  [3] P: {left: 1, right: 2, top: 1, bottom: 2} -> 55x55x96\n"
        "  [4] fit: pad -> 55x55x96 (adds 3 rows and 3 columns)\n"
        "  [5] INPUT: 227x227x3 -> 55x55x96\n"
        "  [6] F: 12 -> 54x54x96"
    )


def test_the_numpy_example_gives_a_4_by_4_map():
    node = conv_of((11, 11, 4), F=5, S=2, P=0, K=2)
    assert node.out_shape == (4, 4, 2)
    assert node.params["W"].shape == (5, 5, 4, 2)


@pytest.mark.parametrize(("F", "D", "K"), [(1, 5, 2), (3, 3, 64), (11, 3, 96)])
def test_parameters(F, D, K):
    node = conv_of((33, 33, D), F=F, K=K)
    assert node.parameters == (F * F * D) * K + K
    assert node.params["b"].shape == (K,)
