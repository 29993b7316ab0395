"""Warnings, with the exact texts."""

import pytest

from cnncli.geometry import Extent, Padding, Volume
from cnncli.graph.build import build
from cnncli.layers.cut import Crop
from cnncli.problems import Place, Problem
from tests.graph.handmade import CIFAR, layer, problems_of, specification, texts, written

IMAGE = Volume(32, 32, 3)


def warnings(*layers) -> list[str]:
    graph = build(specification(*layers, data=CIFAR), IMAGE, 10)
    graph.check()
    return texts(graph)


def test_relu_on_the_class_scores():
    text = (
        "warning: net.yaml:4:5: layers[2] 'relu2': RELU after the last FC sets every class score "
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


def test_activations_of_other_kinds():
    found = warnings(layer("INPUT"), layer("TANH"), layer("GELU"), layer("FC"), layer("SIGMOID"))
    assert found == [
        "warning: net.yaml:4:5: layers[2] 'gelu2': GELU follows TANH: two activations in a row.\n"
        "  Leave one out.",
        "warning: net.yaml:6:5: layers[4] 'sigmoid4': SIGMOID after the last FC bends the class "
        "scores.\n  Leave it out.",
    ]


def test_weights_that_never_see_a_pixel():
    shrunk = (layer("INPUT"), layer("POOL", F=32, S=1), layer("CONV", F=3), layer("FC"))
    assert warnings(*shrunk) == [
        "warning: net.yaml:4:5: layers[2] 'conv2': on the 1x1 map only 1x1 of the 3x3 of a filter "
        "ever see a pixel.\n"
        "  Use a smaller F, or fewer layers that make the map smaller."
    ]
    shrunk = (layer("INPUT"), layer("POOL", F=16, S=16), layer("CONV", F=5, P=2), layer("FC"))
    assert len(warnings(*shrunk)) == 1
    assert "only 3x3 of the 5x5" in warnings(*shrunk)[0]
    wide = (layer("INPUT"), layer("POOL", F=8, S=8), layer("CONV", F=5, P=2), layer("FC"))
    assert warnings(*wide) == []


def test_pixels_that_a_pool_crops():
    odd = (layer("INPUT"), layer("CONV", F=2, P=0), layer("POOL", fit="crop"), layer("FC"))
    assert warnings(*odd) == [
        "warning: net.yaml:4:5: layers[2] 'pool2': POOL with F=2, S=2 under fit: crop loses 1 row "
        "and 1 column of its 31x31 map.\n"
        "  Make the map divisible, or write fit: pad."
    ]
    assert warnings(*odd[:2], layer("POOL", fit="pad"), layer("FC")) == []
    assert warnings(*odd[:2], layer("POOL", F=3, fit="crop"), layer("FC")) == []


def test_a_join_of_a_layer_with_itself_is_a_dead_branch():
    found = problems_of("[input: 8x8x3, conv, {add: , from: [-1, conv1]}, fc: 2]")
    assert found == [
        "warning: f.yaml:1:37: architecture[2].add 'add1': ADD reads 'conv1' more than once: that "
        "branch is dead.\n  Name another layer in from:, or leave the join out."
    ]


def test_pixels_that_another_layer_sees_are_seen():
    """The 1x1 shortcut of a residual network, at stride 2, beside a 3x3 filter."""
    shortcut = "CONV1-4(S=2, from=input, fit=crop, name=b)"
    main = "CONV3-4(S=2, P=1, fit=crop, name=a)"
    assert problems_of(f"'INPUT(8x8x3) - {main} - {shortcut} - ADD(from=[a, b]) - FC-2'") == []
    (found,) = problems_of(f"'INPUT(8x8x3) - {shortcut} - FC-2'")
    assert "the pixels in between are never seen" in found


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


def test_activations_with_layers_between_them():
    between = (layer("INPUT"), layer("RELU"), layer("DROPOUT"), layer("TANH"), layer("FC"))
    assert "TANH follows RELU: two activations in a row" in warnings(*between)[0]
    (found,) = warnings(layer("INPUT"), layer("FC"), layer("BATCHNORM"), layer("RELU"))
    assert "RELU after the last FC sets every class score below 0 to 0" in found


def test_a_pool_larger_than_its_map():
    (found,) = warnings(
        layer("INPUT"), layer("POOL", F=16, S=16), layer("POOL", F=5, S=1, P=2), layer("FC")
    )
    assert "on the 2x2 map only 3x3 of the 5x5 of a window ever see a pixel" in found


CROP = Crop(size=Extent(32, 32))
UNSEEING = (
    "warning: net.yaml:3:5: layers[1] 'conv1': outputs at the border see no pixel of the 32x32 "
    "map, only padding: F={F}, P={P}.\n  Write {remedy}."
)


@pytest.mark.parametrize(
    ("given", "F", "P", "remedy"),
    [
        ({"F": 1, "P": 1}, "1", "1", "P: 0"),
        ({"F": 3, "P": 3}, "3", "3", "P: 1"),
        ({"F": Extent(5, 1), "P": Padding(2, 2, 1, 1)}, "5x1", "2x1", "P: 2x0"),
        (
            {"F": 1, "S": 3, "P": 0, "fit": "pad"},
            "1",
            "{left: 0, right: 2, top: 0, bottom: 2}",
            "fit: crop",
        ),
    ],
)
def test_padding_of_which_outputs_see_nothing_else(given, F, P, remedy):
    found = warnings(layer("INPUT"), layer("CONV", **given), layer("FC"))
    assert found[-1] == UNSEEING.format(F=F, P=P, remedy=remedy)
    key, value = remedy.split(": ")
    sides = {"0": Padding(), "1": Padding(1, 1, 1, 1), "2x0": Padding(2, 2, 0, 0)}
    mended = given | {key: sides.get(value, value)}
    followed = warnings(layer("INPUT"), layer("CONV", **mended), layer("FC"))
    assert not any("only padding" in text for text in followed)


@pytest.mark.parametrize("given", [{"F": 3, "P": 2}, {"F": 3, "P": 3, "dilation": Extent(2, 2)}])
def test_padding_within_the_reach_of_a_filter(given):
    assert warnings(layer("INPUT"), layer("CONV", **given), layer("FC")) == []


def test_wide_padding_that_a_crop_takes_away():
    """As in FCN-32s, whose first layer has P=100."""
    wide = (layer("INPUT"), layer("CONV", F=3, P=100), CROP)
    assert warnings(*wide, layer("FC")) == []
    lone = (layer("INPUT"), layer("CONV", F=1, P=1), CROP)
    assert "only padding" in warnings(*lone, layer("FC"))[0]
