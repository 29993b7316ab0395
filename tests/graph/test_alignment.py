from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.graph.alignment import HYPERPARAMETERS, KIND, NAME, VOLUMES, align
from tests.graph.handmade import graph_of


def nodes(layers: str):
    """The nodes of a pattern behind an INPUT of 16x16x4."""
    return graph_of(f"INPUT(16x16x4) -> {layers}").nodes


def aligned(before: str, after: str) -> list[str]:
    """`a=b` for a pair, `-a` and `+b` for what is in one network only; without the INPUT."""
    return [
        f"{a.name}={b.name}" if a and b else f"-{a.name}" if a else f"+{b.name}"
        for a, b in align(nodes(before), nodes(after))[1:]
    ]


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ("CONV-8 -> RELU -> FC-3", "CONV-8 -> RELU -> FC-3", "conv1=conv1 relu1=relu1 fc1=fc1"),
        # what is inserted at the front, in the middle and at the end shifts nothing
        (
            "CONV-8 -> RELU -> CONV-6 -> RELU -> FC-3",
            "CONV-4 -> RELU -> CONV-8 -> RELU -> CONV-6 -> RELU -> FC-3",
            "+conv1 +relu1 conv1=conv2 relu1=relu2 conv2=conv3 relu2=relu3 fc1=fc1",
        ),
        (
            "CONV-8 -> RELU -> CONV-6 -> RELU -> FC-3",
            "CONV-8 -> RELU -> CONV-7 -> RELU -> CONV-6 -> RELU -> FC-3",
            "conv1=conv1 relu1=relu1 +conv2 +relu2 conv2=conv3 relu2=relu3 fc1=fc1",
        ),
        (
            "CONV-8 -> RELU -> FC-3",
            "CONV-8 -> RELU -> DROPOUT -> FC-3",
            "conv1=conv1 relu1=relu1 +dropout1 fc1=fc1",
        ),
        # a layer that changed is still the same one, and so are those behind it
        ("CONV-8 -> RELU -> FC-3", "CONV-9 -> RELU -> FC-3", "conv1=conv1 relu1=relu1 fc1=fc1"),
        (
            "CONV-8 -> BN -> RELU -> POOL -> FC-3",
            "CONV-9 -> RELU -> POOL -> FC-3",
            "conv1=conv1 -batchnorm1 relu1=relu1 pool1=pool1 fc1=fc1",
        ),
        # of equal layers the one with the same name
        ("CONV-4 -> CONV-4 -> FC-3", "CONV-4 -> FC-3", "conv1=conv1 -conv2 fc1=fc1"),
        (
            "CONV-4(name=a) -> CONV-4(name=b) -> FC-3",
            "CONV-4(name=b) -> FC-3",
            "-a b=b fc1=fc1",
        ),
        # another kind is another layer, unless it has the name
        ("CONV-8 -> RELU -> FC-3", "CONV-8 -> TANH -> FC-3", "conv1=conv1 -relu1 +tanh1 fc1=fc1"),
        (
            "CONV-8 -> RELU(name=act) -> FC-3",
            "CONV-8 -> TANH(name=act) -> FC-3",
            "conv1=conv1 act=act fc1=fc1",
        ),
    ],
)
def test_which_layer_is_which(before, after, pairs):
    assert aligned(before, after) == pairs.split()


def test_of_nothing():
    some = nodes("FC-3")
    assert align([], []) == []
    assert align(some, []) == [(node, None) for node in some]
    assert align([], some) == [(None, node) for node in some]


LAYERS = st.lists(
    st.sampled_from(["CONV-4", "CONV-5", "CONV(K=4, name=x{})", "RELU(name=x{})", "RELU", "BN"]),
    min_size=1,
    max_size=5,
).map(lambda layers: " -> ".join(layer.format(i) for i, layer in enumerate(layers)))


def in_common(a, b) -> int:
    if a.layer.kind != b.layer.kind:
        return NAME * (a.name == b.name)
    volumes = (a.in_shapes, a.out_shape) == (b.in_shapes, b.out_shape)
    return sum(
        (KIND, HYPERPARAMETERS * (a.layer == b.layer), VOLUMES * volumes, NAME * (a.name == b.name))
    )


@given(LAYERS, LAYERS)
def test_no_alignment_has_more_in_common(before, after):
    first, second = nodes(before), nodes(after)

    @cache
    def most(i: int, j: int) -> int:
        """The best of all alignments of the rests, from the definition."""
        if i == len(first) or j == len(second):
            return 0
        pair = in_common(first[i], second[j])
        choices = [most(i + 1, j), most(i, j + 1)]
        return max([*choices, pair + most(i + 1, j + 1)] if pair else choices)

    pairs = align(first, second)
    assert [a for a, _ in pairs if a] == list(first)
    assert [b for _, b in pairs if b] == list(second)
    found = sum(in_common(a, b) for a, b in pairs if a and b)
    # equal ends are paired at once, whatever they are called: that may cost some names
    assert most(0, 0) - NAME * min(len(first), len(second)) <= found <= most(0, 0)
