"""The order of computation: maxima before functions, and layers that do the work of later ones."""

import pytest

from cnncli.graph.fusion import execution_order, fuse
from tests.graph.handmade import graph_of


def nodes(architecture):
    return graph_of(architecture).nodes


def order(architecture):
    return [
        f"{node.name}({', '.join(node.inputs)})" for node in execution_order(nodes(architecture))
    ]


def test_a_maximum_comes_before_a_function_that_never_falls():
    assert order("INPUT(8x8x3) -> CONV -> RELU -> POOL -> FC-2") == [
        "input1()",
        "conv1(input1)",
        "pool1(conv1)",
        "relu1(pool1)",
        "fc1(relu1)",
    ]


def test_the_function_then_has_fewer_numbers():
    _, _, pool, relu, _ = execution_order(
        nodes("INPUT(8x8x3) -> CONV(K=5) -> RELU -> POOL -> FC-2")
    )
    assert str(pool.in_shapes[0]) == "8x8x5"
    assert (relu.in_shapes, relu.out_shape) == ((pool.out_shape,), pool.out_shape)


def test_pair_after_pair():
    assert order("INPUT(8x8x3) -> [RELU -> POOL]*2 -> FC-2") == [
        "input1()",
        "pool1(input1)",
        "relu1(pool1)",
        "pool2(relu1)",
        "relu2(pool2)",
        "fc1(relu2)",
    ]


@pytest.mark.parametrize(
    "architecture",
    [
        "INPUT(8x8x3) -> CONV -> RELU -> POOL(mode=average) -> FC-2",
        "INPUT(8x8x3) -> CONV -> GELU -> POOL -> FC-2",  # falls before it rises
        "INPUT(8x8x3) -> CONV -> BN -> POOL -> FC-2",  # falls where its scale is negative
        """
  - INPUT(8x8x3) -> CONV -> RELU -> POOL
  - CONV(from=relu1, S=2, F=2, P=0)
  - CONCAT(from=[pool1, conv2]) -> FC-2
""",
    ],
)
def test_where_the_order_stays(architecture):
    written = nodes(architecture)
    assert execution_order(written) == written


def epilogues(architecture, training):
    written = nodes(architecture)
    fused = fuse(written, training)
    names = [node.name for one in fused for node in (one.node, *one.epilogue)]
    assert sorted(names) == sorted(node.name for node in written)
    return {one.node.name: [n.name for n in one.epilogue] for one in fused if one.epilogue}


def test_what_a_layer_does_for_those_after_it():
    network = "INPUT(8x8x3) -> CONV -> BN -> RELU -> CONV -> RELU -> FC-4 -> RELU -> FC-2"
    assert epilogues(network, training=True) == {
        "batchnorm1": ["relu1"],
        "conv2": ["relu2"],
        "fc1": ["relu3"],
    }
    assert epilogues(network, training=False) == {
        "conv1": ["batchnorm1", "relu1"],
        "conv2": ["relu2"],
        "fc1": ["relu3"],
    }


def prologues(architecture, training=False):
    return {
        one.node.name: [node.name for node in one.prologue]
        for one in fuse(nodes(architecture), training)
        if one.prologue
    }


def test_what_a_layer_does_for_those_before_it():
    network = """
  - INPUT(8x8x3) -> POOL -> BN -> RELU -> CONV1 -> POOL -> BN -> CONV1 -> POOL(mode=average)
  - RELU -> CONV1 -> FC-2
"""
    assert prologues(network) == {
        "conv1": ["batchnorm1", "relu1"],
        "conv2": ["batchnorm2"],
        "conv3": ["relu2"],
    }
    assert prologues(network, training=True) == {}


def test_what_a_layer_leaves_to_one_that_copies_its_input():
    """That does all of it in its copy; one that weighs pixels where they lie would copy more."""
    network = """
  - INPUT(8x8x3) -> CONV1-4 -> BN -> RELU -> CONV3(K=4, groups=depthwise) -> BN -> RELU
  - CONV1-8 -> RELU -> CONV3(K=16, groups=depthwise) -> CONV3-8 -> BN
  - CONV4(K=8, groups=depthwise, S=2, P=1) -> FC-2
"""
    assert prologues(network) == {
        "conv2": ["batchnorm1", "relu1"],
        "conv4": ["relu3"],
        "conv6": ["batchnorm3"],
    }
    fused = {one.node.name: one for one in fuse(nodes(network), training=False)}
    assert [node.name for node in fused["conv2"].epilogue] == ["batchnorm2", "relu2"]
    assert [name for name, one in fused.items() if one.leaves_biases] == ["conv1", "conv3", "conv5"]
    assert prologues(network, training=True) == {}
    assert not any(one.leaves_biases for one in fuse(nodes(network), training=True))


@pytest.mark.parametrize(
    "architecture",
    [
        "INPUT(8x8x3) -> POOL -> BN -> RELU -> CONV3 -> FC-2",  # zeros around would be shifted too
        "INPUT(8x8x3) -> POOL -> BN -> RELU -> CONV1(P=1) -> FC-2",
        "INPUT(8x8x4) -> POOL -> BN -> RELU -> CONV1(groups=2) -> FC-2",
        "INPUT(8x8x4) -> POOL -> BN -> RELU -> CONV1(K=4, groups=depthwise, P=1) -> FC-2",
        "INPUT(8x8x4) -> CONV1-4 -> BN -> GELU -> CONV3(K=4, groups=depthwise) -> FC-2",
        "INPUT(8x8x3) -> POOL -> BN -> GELU -> CONV1 -> FC-2",
        "INPUT(8x8x3) -> CONV1 -> BN -> RELU -> CONV1 -> FC-2",  # the first one does it
        """
  - INPUT(8x8x3) -> POOL -> BN -> RELU -> CONV1(K=3)
  - ADD(from=[-1, relu1]) -> FC-2
""",
    ],
)
def test_where_there_is_nothing_to_do_for_those_before(architecture):
    assert prologues(architecture) == {}


def test_only_what_a_layer_can_do():
    """A sum, and batch normalisation itself, can cut off what is negative, but not scale it."""
    network = """
  - INPUT(8x8x3) -> CONV(K=3) -> BN -> RELU -> CONV(K=3)
  - ADD(from=[-1, relu1]) -> BN -> BN -> RELU -> FC-2
"""
    assert epilogues(network, training=False) == {
        "conv1": ["batchnorm1", "relu1"],
        "batchnorm3": ["relu2"],
    }


def test_where_another_layer_reads_what_lies_between():
    network = """
  - INPUT(8x8x3) -> CONV(K=3) -> BN -> RELU
  - ADD(from=[-1, batchnorm1]) -> RELU
  - ADD(from=[-1, conv1]) -> FC-2
"""
    assert epilogues(network, training=False) == {"add1": ["relu2"]}
