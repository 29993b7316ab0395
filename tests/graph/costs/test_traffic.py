"""Bytes that layers must move, counted by hand."""

import pytest

from cnncli.graph.costs.traffic import traffic
from tests.graph.handmade import graph_of

IMAGES = 3
FLOAT = 4
X, Y, HALF, SCORES = 8 * 6 * 2, 8 * 6 * 5, 4 * 3 * 5, 4
"""Numbers of the image, of what a first convolution gives, of a pooled map, and of the scores."""


def moved(layers, training=True):
    """Of the architecture INPUT - `layers`, by layer."""
    return traffic(graph_of(f"INPUT(8x6x2) -> {layers} -> SOFTMAX"), IMAGES, training=training)


def volumes(*sizes):
    return FLOAT * IMAGES * sum(sizes)


def test_a_convolution_reads_what_it_multiplies():
    found = moved("CONV3-5 -> CONV1-5(bias=false) -> FC-4")
    first, second = 9 * 2 * 5 + 5, 5 * 5
    # nothing before the first is trained: it hands no gradient on
    assert found["conv1"] == (volumes(X, Y) + FLOAT * first, volumes(X, Y) + FLOAT * first)
    assert found["conv2"] == (
        volumes(Y, Y) + FLOAT * second,
        volumes(Y, Y, Y) + FLOAT * 2 * second,
    )


@pytest.mark.parametrize(
    ("layer", "forward", "backward"),
    [
        ("RELU", (Y, Y), (Y, Y, Y)),  # y, dy and dx
        ("SIGMOID", (Y, Y), (Y, Y, Y)),
        ("LRN", (Y, Y), (Y, Y, Y)),
        ("SCALE(by=2)", (Y, Y), (Y, Y)),
        ("POOL(F=2, S=2, mode=average)", (Y, HALF), (HALF, Y)),
        ("SILU", (Y, Y), (Y, Y, Y)),
        ("ADD(from=[-1, -1])", (Y, Y, Y), ()),  # dy is the gradient of each
        ("CONCAT(from=[-1, -1])", (Y, Y, 2 * Y), (2 * Y, Y, Y)),
        ("MUL(from=[-1, -1])", (Y, Y, Y), (Y, Y, Y, Y, Y)),
        ("PAD(P=1)", (Y, 10 * 8 * 5), (10 * 8 * 5, Y)),
    ],
)
def test_layers_without_parameters(layer, forward, backward):
    name = layer.split("(")[0].lower() + "1"
    assert moved(f"CONV3-5 -> {layer} -> FC-4")[name] == (volumes(*forward), volumes(*backward))


def test_a_byte_for_each_mark_of_a_maximum():
    """Of four pixels of a window three are marked."""
    marks = IMAGES * 3 * HALF
    assert moved("CONV3-5 -> POOL -> FC-4")["pool1"] == (
        volumes(Y, HALF) + marks,
        volumes(HALF, Y) + marks,
    )


def test_normalisation_reads_the_map_the_gradient_and_what_it_keeps_up_to_date():
    found = moved("CONV3-5 -> BN -> FC-4")["batchnorm1"]
    assert found == (volumes(Y, Y) + FLOAT * 4 * 5, volumes(Y, Y, Y) + FLOAT * 2 * 2 * 5)


def test_a_function_behind_the_maximum_works_on_less():
    found = moved("CONV3-5 -> RELU -> POOL -> FC-4")
    assert found["relu1"] == (volumes(HALF, HALF), volumes(HALF, HALF, HALF))


def test_what_moves_nothing():
    found = moved("CONV3-5 -> FLATTEN -> FC-4")
    assert found["input1"] == found["flatten1"] == (0, 0)


def test_nothing_goes_back_where_nothing_is_trained():
    assert moved("LRN -> FC-4")["lrn1"] == (volumes(X, X), 0)


def test_dropout_draws_a_byte_a_number_in_training_alone():
    layers = "CONV3-5 -> DROPOUT -> FC-4"
    mask = IMAGES * Y
    assert moved(layers)["dropout1"] == (volumes(Y, Y) + mask, volumes(Y, Y) + mask)
    assert moved(layers, training=False)["dropout1"] == (0, 0)


def test_an_evaluation_keeps_nothing():
    found = moved("CONV3-5 -> POOL -> FC-4", training=False)
    assert found["pool1"] == (volumes(Y, HALF), 0)
    assert found["fc1"] == (volumes(HALF, SCORES) + FLOAT * (HALF + 1) * SCORES, 0)
    assert "softmax1" not in found
