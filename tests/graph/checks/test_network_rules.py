"""Rules about the whole network, with the exact texts."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnncli.check.check import check_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.config.train import TrainSpec
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.optim.losses import Hinge
from cnncli.problems import Place
from tests.graph.handmade import CIFAR, layer, network, problems_of, specification, texts, written

IMAGE = Volume(32, 32, 3)


def problems(*layers, **options) -> list[str]:
    graph = build(specification(*layers, data=CIFAR, **options), IMAGE, 10)
    return texts(graph)


def test_a_network_begins_with_input():
    assert problems(layer("CONV", F=2), layer("FC")) == [
        "error: net.yaml:2:5: layers[0] 'conv0': a network begins with INPUT, not with CONV.\n"
        "  Write INPUT in front; it takes the size of the data set's images, or has its own: "
        "INPUT(32x32x3).",
        "error: net.yaml:2:5: layers[0] 'conv0': F=2 is even, so the default P=(F-1)/2 is not a "
        "whole number.\n"
        "  Give P, for example P: 0, or P: same to keep the size.",
    ]


def test_without_input_the_check_goes_on_with_the_images():
    graph = build(specification(layer("CONV"), layer("FC"), data=CIFAR), IMAGE, 10)
    assert [node.out_shape for node in graph.nodes] == [(32, 32, 12), (1, 1, 10)]
    assert len(graph.problems) == 1


def test_input_is_only_the_first_layer():
    assert problems(layer("INPUT"), layer("CONV"), layer("INPUT"), layer("FC")) == [
        "error: net.yaml:4:5: layers[2] 'input2': INPUT is only the first layer. Take this one out."
    ]


def test_no_size_anywhere():
    graph = build(specification(layer("INPUT"), layer("FC", K=3)), None, None)
    assert texts(graph) == [
        "error: net.yaml:2:5: layers[0] 'input0': the size of the images is unknown.\n"
        "  Write INPUT(32x32x3) with the width, height and depth, or name a data set with data:."
    ]
    assert graph.unknown == ("input0", "fc1")


def test_input_and_the_images_differ_in_size():
    assert problems(layer("INPUT", size=(28, 28, 1)), layer("FC"), fields=["size"]) == [
        "error: net.yaml:2:21: layers[0] 'input0': INPUT is 28x28x1, but the images of cifar10 are "
        "32x32x3.\n"
        "  Leave the size out, or write 32x32x3."
    ]


def test_what_only_the_wrong_size_causes_is_not_reported():
    found = problems(layer("INPUT", size=(31, 31, 3)), layer("CONV", P=0, F=4, S=2), layer("FC"))
    assert len(found) == 1


@pytest.mark.parametrize(
    ("last", "scores", "remedy"),
    [
        (layer("FC", K=7), "1x1x7", "Leave K out, or write K=10."),
        (layer("CONV"), "32x32x12", "End the network with FC; its K is then 10."),
        (
            layer("CONV", F=32, P=0, K=5),
            "1x1x5",
            "End the network with FC, or with K=10 filters.",
        ),
    ],
)
def test_one_score_for_each_class(last, scores, remedy):
    name = f"{last.kind.lower()}1"
    assert problems(layer("INPUT"), last) == [
        f"error: net.yaml:3:5: layers[1] '{name}': the class scores are {scores}, but cifar10 has "
        f"10 classes: 1x1x10 is needed.\n  {remedy}"
    ]


def test_scores_behind_a_problem_and_before_other_layers():
    layers = (layer("INPUT"), layer("POOL", F=40), layer("FC", K=7), layer("DROPOUT"))
    graph = build(specification(*layers, data=CIFAR), IMAGE, 10)
    assert [problem.layer for problem in graph.problems] == ["pool1", "fc2"]
    assert graph.problems[1].message.startswith("the class scores are 1x1x7, but cifar10 has 10")


def test_filters_over_the_whole_map_give_scores_too():
    graph = network(layer("INPUT"), layer("CONV", F=32, P=0, K=10), image=IMAGE, classes=10)
    assert graph.classes == 10


def test_softmax_says_itself_that_it_needs_scores():
    assert problems(layer("INPUT"), layer("SOFTMAX")) == [
        "error: net.yaml:3:5: layers[1] 'softmax1': needs a vector of class scores 1x1xK, not a "
        "volume 32x32x3.\n  Put an FC before it."
    ]


def test_nothing_follows_softmax():
    layers = (layer("INPUT"), layer("FC", K=10), layer("SOFTMAX"), layer("DROPOUT"))
    assert problems(*layers) == [
        "error: net.yaml:5:5: layers[3] 'dropout3': DROPOUT follows SOFTMAX, which turns the class "
        "scores into probabilities.\n  Put DROPOUT before it, or leave SOFTMAX out."
    ]


def test_a_hinge_loss_wants_scores():
    layers = (layer("INPUT"), layer("FC"), layer("SOFTMAX"))
    assert problems(*layers, train=TrainSpec(loss=Hinge())) == [
        "error: net.yaml:4:5: layers[2] 'softmax2': train.loss: svm works on "
        "scores, not on probabilities.\n  Leave SOFTMAX out, or write train.loss: softmax."
    ]
    assert problems(*layers) == []


def test_a_layer_of_an_unknown_kind_is_no_reason_to_fail():
    graph = build(specification(layer("INPUT"), written(1, None, "CONVV")), IMAGE, 10)
    assert graph.problems == ()


def test_no_layers():
    assert build(specification(), IMAGE, 10).nodes == ()


def test_a_path_that_names_the_layer_is_not_followed_by_the_name_again():
    spec = specification(layer("CONV"), layer("FC"), data=CIFAR)
    layers = (replace(spec.layers[0], path="architecture: conv0"), spec.layers[1])
    (problem,) = build(replace(spec, layers=layers), IMAGE, 10).problems
    assert (problem.path, problem.place) == ("architecture: conv0", Place("net.yaml", 2, 5))


def test_a_branch_that_ends_nowhere():
    assert problems_of("[input: 8x8x3, conv: 4, {conv: 5, from: input}, fc: 2]") == [
        "error: f.yaml:1:30: architecture[1].conv 'conv1': no layer reads the output of 'conv1' "
        "(8x8x4).\n  Name it in the from: of a later layer, or take the branch out."
    ]


def test_an_unknown_name_leaves_no_branch_to_complain_of():
    (found,) = problems_of("[input: 8x8x3, conv: 4, {conv: 5, from: inptu}, fc: 2]")
    assert "there is no layer named 'inptu' here" in found


def test_volumes_that_do_not_join_and_where_they_come_from():
    assert problems_of(
        "[input: 8x8x3, conv: 4, {conv: 5, from: input}, {add: , from: [-1, -2]}, fc: 2]"
    ) == [
        "error: f.yaml:1:64: architecture[3].add 'add1': the volumes to add must be equal: "
        "8x8x5, 8x8x4.\n"
        "  8x8x5 comes from 'conv2', f.yaml:1:40.\n"
        "  8x8x4 comes from 'conv1', f.yaml:1:30."
    ]
    (found,) = problems_of("[input: 8x8x3, pool, {concat: , from: [-1, input]}, fc: 2]")
    assert "4x4x3 comes from 'pool1', f.yaml:1:30." in found


def test_a_join_of_one():
    (found,) = problems_of("[input: 8x8x3, add, fc: 2]")
    assert "ADD" in found
    assert "from" in found


def test_scores_of_filters_get_as_many_of_them_as_there_are_classes():
    text = "data: digits\narchitecture: INPUT - CONV3-8 - RELU - CONV1-9 - {}POOL(F=global)"
    checked = check_text(text.format("RELU - "), Path("net.yaml"))
    (problem,) = (each for each in checked.problems if each.is_error)
    (fix,) = problem.fixes
    assert str(fix) == "K: 10 of 'conv2', line 2 -> 1x1x10"
    assert check_text(apply_edit(text.format("RELU - "), fix.edit), Path("net.yaml")).valid
    # a map is no class scores, whatever its depth
    checked = check_text(text.format("").replace("POOL(F=global)", "RELU"), Path("net.yaml"))
    assert [each.fixes for each in checked.problems if each.is_error] == [()]
