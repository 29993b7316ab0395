"""Doubts about joins: activations in a row across them, and gates that are added."""

import pytest

from cnncli.check.check import check_text
from cnncli.text import ForeignPath


def doubts(pattern):
    checked = check_text(f"architecture: '{pattern}'\n", ForeignPath("f.yaml"))
    assert checked.valid
    return [problem.message for problem in checked.problems]


def joined(join, first, second, after):
    """A join of two layers that read one CONV, and what reads the join."""
    ends = f"{first}(name=a) - {second}(name=b,from=body)"
    return f"INPUT(8x8x3) - CONV-4(name=body) - {ends} - {join}(from=[a,b]) - {after} - FC-2"


@pytest.mark.parametrize(
    ("network", "message", "remedy"),
    [
        (("ADD", "RELU", "RELU", "RELU"), "RELU follows RELU across ADD, and changes nothing.",
         "Leave it out."),
        (("CONCAT", "RELU", "RELU6", "RELU"),
         "RELU follows RELU and RELU6 across CONCAT, and changes nothing.", "Leave it out."),
        (("MUL", "RELU", "SIGMOID", "RELU"),
         "RELU follows RELU and SIGMOID across MUL, and changes nothing.", "Leave it out."),
        (("CONCAT", "TANH", "TANH", "RELU"), "RELU follows TANH across CONCAT: activations in a "
         "row.", "Leave it out, or those before CONCAT."),
        (("ADD", "RELU", "RELU", "DROPOUT - TANH"), "TANH follows RELU across ADD: activations in "
         "a row.", "Leave it out, or those before ADD."),
    ],
)  # fmt: skip
def test_activations_in_a_row_across_a_join(network, message, remedy):
    assert doubts(joined(*network)) == [f"{message}\n{remedy}"]
    assert doubts(joined(*network[:3], "CONV-4")) == []


@pytest.mark.parametrize(
    "network",
    [
        ("ADD", "BATCHNORM", "RELU", "RELU"),  # a residual block
        ("MUL", "TANH", "SIGMOID", "TANH"),  # a gated unit
        ("CONCAT", "RELU", "BATCHNORM", "RELU"),
        ("ADD", "RELU", "RELU", "BATCHNORM - RELU"),
    ],
)
def test_joins_whose_activation_is_usual(network):
    assert doubts(joined(*network)) == []


def test_activations_across_joins_of_joins():
    relus = "RELU(name=a) - RELU(name=b,from=body) - RELU(name=c,from=body)"
    joins = "ADD(from=[a,b],name=d) - CONCAT(from=[c,d])"
    network = f"INPUT(8x8x3) - CONV-4(name=body) - {relus} - {joins} - RELU - FC-2"
    assert doubts(network) == [
        "RELU follows RELU across CONCAT, and changes nothing.\nLeave it out."
    ]


@pytest.mark.parametrize("kind", ["SIGMOID", "HARDSIGMOID"])
def test_a_gate_that_is_added(kind):
    network = f"INPUT(8x8x3) - CONV-4(name=a) - {kind}(name=g) - ADD(from=[a,g]) - FC-2"
    message = (
        f"ADD adds the gate 'g', the numbers from 0 to 1 of {kind}.\n"
        "A gate is multiplied: write MUL for ADD."
    )
    assert doubts(network) == [message]
    assert doubts(network.replace("ADD", "MUL")) == []


def test_a_gate_of_channels_that_is_made_as_large():
    gate = "POOL(F=global,mode=average) - FC-4 - SIGMOID - UPSAMPLE(8,name=g)"
    network = f"INPUT(8x8x3) - CONV-4(name=a) - {gate} - ADD(from=[a,g]) - FC-2"
    assert [text.split(".")[0] for text in doubts(network)] == [
        "ADD adds the gate 'g', the numbers from 0 to 1 of SIGMOID"
    ]


def test_a_sum_of_gates_alone_is_no_mistake():
    assert doubts(joined("ADD", "SIGMOID", "SIGMOID", "CONV-4")) == []


def test_a_gate_of_another_size_that_is_added():
    gate = "POOL(F=global,mode=average) - FC-4 - SIGMOID(name=g)"
    network = f"INPUT(8x8x3) - CONV-4(name=a) - {gate} - ADD(from=[a,g]) - FC-2"
    checked = check_text(f"architecture: '{network}'\n", ForeignPath("f.yaml"))
    (problem,) = checked.problems
    assert problem.message.split("\n")[:2] == [
        "the volumes to add must be equal: 8x8x4, 1x1x4.",
        "A gate of 1x1x4 is multiplied: write MUL for ADD. To add it to every place, make it "
        "8x8x4 by UPSAMPLE(8).",
    ]
    assert doubts(network.replace("ADD", "MUL")) == []
    larger = network.replace("SIGMOID(name=g)", "TANH - UPSAMPLE(8,name=g)")
    assert doubts(larger) == []
