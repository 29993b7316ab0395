import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.geometry import Extent


def listing(*items):
    return "architecture:\n" + "".join(textwrap.indent(f"- {item}", "  ") + "\n" for item in items)


def test_every_way_of_writing_a_layer(read):
    spec = read(
        listing(
            "input: 32x32x3",
            "conv: {filters: 8, size: 3x5, Stride: 2, p: same}\n  name: first",
            "relu",
            "relu:",
            "conv5: 16",
            "[RELU, POOL - conv]",
            "repeat: 2\n  layers:\n    - conv\n    - CONV3-4 -> RELU",
            "layers: CONV - RELU",
            "pool: {}\n  repeat: n",
            "fc: 10",
        )
        + "variables: {n: 2}\n"
    )
    assert spec.problems == ()
    assert " ".join(layer.name for layer in spec.layers) == (
        "input1 first relu1 relu2 conv2 relu3 pool1 conv3 conv4 conv5 relu4 conv6 conv7 relu5 "
        "conv8 relu6 pool2 pool3 fc1"
    )
    first = spec.layers[1]
    assert (8, Extent(3, 5), Extent(2, 2)) == (first.layer.K, first.layer.F, first.layer.S)
    assert first.layer.P == "same"
    assert first.path == "architecture[1].conv"
    assert (first.place.line, first.place.column) == (3, 5)
    assert {key: place.column for key, place in first.places.items()} == {
        "K": 21,
        "F": 30,
        "S": 43,
        "P": 49,
    }


NUMBERS = st.integers(1, 9)
LAYERS = st.one_of(
    st.tuples(st.just("relu"), st.just({})),
    st.tuples(
        st.just("conv"), st.dictionaries(st.sampled_from(["K", "F", "S", "P", "filters"]), NUMBERS)
    ),
    st.tuples(st.just("fc"), st.dictionaries(st.just("K"), NUMBERS)),
)
TREES = st.recursive(
    LAYERS, lambda inner: st.tuples(st.lists(inner, min_size=1, max_size=3), NUMBERS), max_leaves=8
)


def as_pattern(tree):
    head, rest = tree
    if isinstance(head, list):
        return f"[{' -> '.join(map(as_pattern, head))}]*{rest % 3}"
    return head + "(" + ", ".join(f"{k}={v}" for k, v in rest.items()) + ")"


def as_list(tree):
    head, rest = tree
    if isinstance(head, list):
        return f"{{repeat: {rest % 3}, layers: [{', '.join(map(as_list, head))}]}}"
    return f"{{{head}: {{{', '.join(f'{k}: {v}' for k, v in rest.items())}}}}}"


@given(st.lists(TREES, min_size=1, max_size=3))
def test_both_forms_give_the_same_layers(read, trees):
    pattern = read(f"architecture: '{' - '.join(map(as_pattern, trees))}'\n")
    listed = read(f"architecture: [{', '.join(map(as_list, trees))}]\n")
    assert [(x.name, x.layer) for x in pattern.layers] == [(x.name, x.layer) for x in listed.layers]
    assert len(pattern.problems) == len(listed.problems)


EXAMPLES = "write '- relu', '- fc: 10' or '- conv: {K: 32, F: 5}'"


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ("", f"2:4: architecture[0]: this item is empty; {EXAMPLES}"),
        ("3", f"2:5: architecture[0]: 3 is not a layer; {EXAMPLES}"),
        ("name: x", f"2:5: architecture[0]: this item names no layer; {EXAMPLES}"),
        ("dense: 3", "2:5: architecture[0].dense: unknown layer 'dense'; here it is called FC"),
        (
            "conv:\n  K: 3",
            "3:5: architecture[0]: 'K' stands beside conv; indent it deeper, "
            "or write conv: {K: ...}",
        ),
        (
            "conv: 3\n  relu:",
            "3:5: architecture[0]: 'conv' and 'relu' stand in one item; begin each layer with '- '",
        ),
        (
            "conv: {K: 1, filters: 2}",
            "2:27: architecture[0].conv.filters: K is given twice, by K and by filters",
        ),
        (
            "conv: {Q: 1}",
            "2:12: architecture[0].conv.Q: unknown key 'Q' of CONV; "
            "its keys are K, F, S, P, dilation, groups, bias, fit and init",
        ),
        (
            "conv: {K: 2.5}",
            "2:15: architecture[0].conv.K: K must be a whole number of at least 1, not 2.5",
        ),
        (
            "conv: {K: }",
            "2:15: architecture[0].conv.K: K must be a whole number of at least 1, not empty",
        ),
        (
            "conv: [3]",
            "2:11: architecture[0].conv.K: K must be a whole number of at least 1, not [3]",
        ),
        (
            "conv: {F: 3x}",
            "2:15: architecture[0].conv.F: F must be a whole number or "
            "WIDTHxHEIGHT, like 3 or 3x5, not '3x'",
        ),
        (
            "conv: {P: {lft: 1}}",
            "2:15: architecture[0].conv.P: P is {'lft': 1}: "
            "unknown side 'lft'; sides are left, right, top, bottom",
        ),
        (
            "conv: {fit: floor}",
            "2:17: architecture[0].conv.fit: fit must be strict, crop or pad, not 'floor'",
        ),
        (
            "conv: 3\n  name: 3",
            "3:11: architecture[0].name: a layer's name must be a word of "
            "letters, digits, _, - and '.', not 3",
        ),
        (
            "conv: 3\n  repeat: 3.5",
            "3:13: architecture[0].repeat: a repeat must be a whole "
            "number from 0 to 5,000, not 3.5",
        ),
        (
            "layers: []",
            "2:13: architecture[0].layers: layers must be a list of layers or a pattern, not []",
        ),
        (
            "layers: relu\n  name: x",
            "3:5: architecture[0]: 'name' stands beside layers; a group has only repeat, if and "
            "layers",
        ),
        (
            "input: 32x32",
            "2:12: architecture[0].input.size: size must be WIDTHxHEIGHTxDEPTH, "
            "like 32x32x3, not '32x32'",
        ),
    ],
)
def test_problems_of_an_item(problems, item, problem):
    text = listing(item.replace("\n  ", "\n  "))
    assert problems(text)[0] == f"f.yaml:{problem}"


def test_names_are_used_once(problems):
    text = listing("conv: {}\n  name: a", "relu", "relu: {}\n  name: a", "fc: {}\n  name: relu1")
    assert problems(text) == [
        f"f.yaml:{line}:11: architecture[{index}].name: "
        f"the name '{name}' is that of another layer; a name is used once"
        for line, index, name in [(6, 2, "a"), (8, 3, "relu1")]
    ]


def test_too_many_layers(problems):
    text = listing("repeat: 5000\n  layers: RELU", "relu")
    assert problems(text) == [
        "f.yaml:2:3: architecture: the repeats make 5,001 layers; at most 5,000 are allowed"
    ]
    hidden = "{repeat: 0, layers: [" + ", ".join(["RELU*5000"] * 1000) + "]}"
    assert problems(listing(hidden)) == ["f.yaml:2:3: architecture: the architecture has no layers"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "name: x",
            "1:1: architecture: architecture is missing; "
            "the shortest is architecture: INPUT-CONV-RELU-POOL-FC",
        ),
        (
            "architecture:",
            "1:14: architecture: the architecture is empty; "
            "the shortest is INPUT-CONV-RELU-POOL-FC",
        ),
        (
            "architecture: {conv: 3}",
            "1:15: architecture: the architecture is a list or a pattern; "
            "begin each layer with '- '",
        ),
        (
            "architecture: 3",
            "1:15: architecture: the architecture must be a pattern or a list of layers, not 3",
        ),
        ("architecture: []", "1:15: architecture: the architecture has no layers"),
    ],
)
def test_what_is_no_architecture(problems, text, problem):
    assert problems(text) == [f"f.yaml:{problem}"]
