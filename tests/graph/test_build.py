import pytest

from cnncli.geometry import Extent, Volume
from cnncli.graph.build import build
from cnncli.problems import ConfigError, Place, Problem
from tests.graph.handmade import CIFAR, FILE, layer, network, specification, written

IMAGE = Volume(32, 32, 3)


def test_nodes_of_a_chain():
    graph = network(
        layer("INPUT"), layer("CONV"), layer("POOL"), layer("FC"), image=IMAGE, classes=10
    )
    assert [node.name for node in graph.nodes] == ["input0", "conv1", "pool2", "fc3"]
    assert [node.inputs for node in graph.nodes] == [(), ("input0",), ("conv1",), ("pool2",)]
    assert [node.in_shapes for node in graph.nodes[1:]] == [
        (node.out_shape,) for node in graph.nodes[:-1]
    ]
    assert [node.parameters for node in graph.nodes] == [0, 336, 0, 16 * 16 * 12 * 10 + 10]
    assert graph.nodes[1].place == Place(FILE, 3, 5)
    assert graph.image == IMAGE
    assert (graph.scores, graph.classes) == ("fc3", 10)
    assert graph.problems == graph.unknown == ()


def test_receptive_fields():
    graph = network(
        layer("INPUT", size=(16, 8, 1)),
        layer("CONV", F=Extent(5, 3)),
        layer("RELU"),
        layer("POOL"),
        layer("CONV"),
        layer("FC", K=4),
        layer("RELU"),
        layer("FC", K=2),
    )
    fields = [str(node.receptive_field.pixels) for node in graph.nodes]
    assert fields == ["1", "5x3", "5x3", "6x4", "10x8", "16x8", "16x8", "16x8"]


def test_the_scores_are_those_before_a_softmax():
    graph = network(layer("INPUT"), layer("FC"), layer("SOFTMAX"), image=IMAGE, classes=10)
    assert graph.scores == "fc1"
    assert graph.classes == 10


def test_only_the_last_fc_takes_the_number_of_classes():
    graph = network(layer("INPUT"), layer("FC"), layer("FC"), image=IMAGE, classes=10)
    assert [node.out_shape.D for node in graph.nodes] == [3, 128, 10]


def test_the_file_s_fit_and_init_reach_the_layers():
    spec = specification(layer("INPUT", size=(10, 10, 1)), layer("CONV", P=0, S=2), fit="pad")
    node = build(spec, None, None).nodes[1]
    assert node.out_shape == (5, 5, 12)
    assert node.params["W"].init == spec.train.init


def test_check_raises_every_error_but_no_warning():
    spec = specification(layer("CONV", F=2), layer("INPUT", size=(5, 5, 1)))
    with pytest.raises(ConfigError) as caught:
        build(spec, None, None).check()
    assert len(caught.value.problems) == 3
    build(specification(layer("INPUT", size=(5, 5, 1)), layer("POOL", F=1)), None, None).check()


def test_a_problem_points_at_the_value_and_names_the_layer():
    spec = specification(layer("INPUT", size=(10, 10, 1)), layer("CONV", P=0, S=2), fields="FSP")
    (problem,) = build(spec, None, None).problems
    assert problem.place == Place(FILE, 3, 31)
    assert problem.layer == "conv1"
    assert problem.path == "layers[1] 'conv1'"


def test_behind_a_problem_the_check_goes_on_as_if_cropped():
    spec = specification(
        layer("INPUT", size=(10, 10, 1)), layer("CONV", P=0, S=2), layer("FC", K=3)
    )
    graph = build(spec, None, None)
    assert [node.out_shape for node in graph.nodes] == [(10, 10, 1), (4, 4, 12), (1, 1, 3)]
    assert graph.nodes[1].cost.macs == 4 * 4 * 12 * 9
    assert graph.unknown == ()


def alexnet(size: int, **fields):
    return specification(
        layer("INPUT", size=(size, size, 3)),
        layer("CONV", K=96, F=11, S=4, P=0, **fields),
        layer("POOL", F=3, S=2),
        layer("CONV", K=256, F=5, P=2),
        layer("POOL", F=3, S=2),
        layer("POOL", F=3, S=2),
        layer("FC", K=1000),
    )


def test_what_follows_from_a_problem_is_not_reported():
    """All of AlexNet's poolings fit behind 55, none behind 54: there is one problem, not four."""
    graph = build(alexnet(224), None, None)
    assert [problem.layer for problem in graph.problems] == ["conv1"]
    assert graph.unknown == ()


def test_a_change_that_would_add_a_problem_is_no_fix():
    spec = alexnet(224)
    layers = [written.layer for written in spec.layers]
    layers.insert(3, layer("POOL", F=2, S=4))  # fits 26 places, and not the 27 behind 55
    graph = build(specification(*layers), None, None)
    errors = [p for p in graph.problems if p.severity == "error"]
    assert [problem.layer for problem in errors] == ["conv1"]  # with its first fix all is well
    outputs = {fix.output for fix in errors[0].fixes if not fix.change.startswith("INPUT")}
    assert outputs == {"54x54x96"}


def test_behind_a_window_that_is_too_large_the_check_goes_on_as_if_it_were_cropped():
    spec = specification(
        layer("INPUT", size=(4, 4, 1)),
        layer("POOL"),
        layer("POOL"),
        layer("POOL"),
        layer("CONV"),
        layer("FC"),
        data=CIFAR,
    )
    graph = build(spec, Volume(4, 4, 1), 10)
    (problem,) = [problem for problem in graph.problems if problem.severity == "error"]
    assert str(problem) == (
        "net.yaml:5:5: layers[3] 'pool3': F=2, S=2, P=0: the window is larger than width 1 "
        "and height 1:\n"
        "  (1 - 2 + 2*0)/2 + 1 = 0.5 is less than one place."
    )
    assert [str(fix) for fix in problem.fixes] == [
        "P: {left: 0, right: 1, top: 0, bottom: 1} -> 1x1x1",
        "F: 1 -> 1x1x1",
    ]
    assert graph.unknown == ()
    assert [node.out_shape for node in graph.nodes][3:] == [(1, 1, 1), (1, 1, 12), (1, 1, 10)]


def test_problems_that_do_not_depend_on_each_other_are_all_reported():
    spec = specification(
        layer("INPUT", size=(28, 28, 1)),
        layer("CONV", F=2),
        layer("POOL", F=40),
        layer("CONV", F=4),
        layer("FC", K=7),
        data=CIFAR,
    )
    graph = build(spec, IMAGE, 10)
    assert [p.layer for p in graph.problems] == ["input0", "conv1", "pool2", "conv3", "fc4"]


def test_behind_an_even_window_without_padding_the_check_goes_on():
    """As if it kept the size; a misfit that goes away with P=0 only follows from it."""
    even = (layer("INPUT", size=(32, 32, 1)), layer("CONV", F=4))
    both = build(specification(*even, layer("POOL", F=3, S=4), layer("CONV", F=2)), None, None)
    assert [p.layer for p in both.problems if p.severity == "error"] == ["conv1", "pool2", "conv3"]
    one = build(specification(*even, layer("POOL", F=3, S=2, P=0)), None, None)
    (problem,) = [p for p in one.problems if p.severity == "error"]
    assert problem.layer == "conv1"
    assert "P: 0 -> 29x29x12" in [str(fix) for fix in problem.fixes]
    assert one.unknown == ()


def test_a_layer_that_could_not_be_read_ends_the_known_part_in_silence():
    reported = Problem(Place(FILE, 3, 5), "layers[1].F", "must be at least 1")
    spec = specification(
        layer("INPUT"), written(1, None, "CONV"), layer("FC"), data=CIFAR, problems=[reported]
    )
    graph = build(spec, IMAGE, 10)
    assert graph.problems == (reported,)
    assert graph.unknown == ("conv1", "fc2")


def test_behind_an_input_that_could_not_be_read_the_images_size_counts():
    reported = Problem(Place(FILE, 2, 5), "layers[0].size", "expected WIDTHxHEIGHTxDEPTH")
    layers = (written(0, None, "INPUT"), layer("POOL", F=3), layer("FC"))
    graph = build(specification(*layers, data=CIFAR, problems=[reported]), IMAGE, 10)
    assert [problem.layer for problem in graph.problems] == [None, "pool1"]
    assert graph.unknown == ("input0",)


def test_problems_stand_in_the_file_s_order_and_only_once():
    spec = specification(
        layer("INPUT", size=(10, 10, 1)), layer("CONV", P=0, S=2), layer("CONV", F=2)
    )
    other = Problem(Place(FILE, 9, 1), "train.epochs", "must be at least 1")
    same = [written(i, layer("CONV", F=2)) for i in (1, 1)]
    spec = specification(layer("INPUT", size=(9, 9, 1)), *same, problems=[other])
    graph = build(spec, None, None)
    assert [problem.place.line for problem in graph.problems] == [3, 9]


@pytest.mark.parametrize(
    ("path", "silent"), [("data.name", True), ("data", True), ("train.epochs", False)]
)
def test_a_data_section_at_problem_is_reported_alone(path, silent):
    reported = Problem(Place(FILE, 1, 7), path, "unknown")
    graph = build(specification(layer("INPUT"), layer("FC"), problems=[reported]), None, None)
    assert len(graph.problems) == (1 if silent else 3)
    assert graph.unknown == ("input0", "fc1")
