import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnncli.geometry import Extent, Padding, Volume
from cnncli.layers.conv import Conv
from cnncli.layers.fields import Init

NOTES = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"


def kinds(spec):
    return "-".join(layer.kind for layer in spec.layers)


def test_the_shortest_network(read):
    spec = read("data: cifar10\narchitecture: INPUT-CONV-RELU-POOL-FC\n")
    spec.check()
    assert [x.name for x in spec.layers] == ["input1", "conv1", "relu1", "pool1", "fc1"]
    assert all(layer.path == f"architecture: {layer.name}" for layer in spec.layers)


def test_the_brackets_of_the_notes(read):
    spec = read("architecture: [INPUT - CONV - RELU - POOL - FC]\n")
    spec.check()
    assert kinds(spec) == "INPUT-CONV-RELU-POOL-FC"


@pytest.mark.parametrize("switch", ["off", "no", "false", "0", "OFF"])
def test_the_pattern_of_the_notes(read, switch):
    numbers = "variables: {N: 2, M: 2, K: 1"
    spec = read(f"architecture: {NOTES}\n{numbers}}}\n")
    spec.check()
    block = "CONV-RELU-CONV-RELU-"
    assert kinds(spec) == f"INPUT-{block}POOL-{block}POOL-FC-RELU-FC"
    assert spec.problems == ()
    spec = read(f"architecture: {NOTES}\n{numbers}, POOL: {switch}}}\n")
    assert kinds(spec) == f"INPUT-{block}{block}FC-RELU-FC"


def test_no_times(read):
    spec = read(f"architecture: {NOTES.lower()}\nvariables: {{n: 1, M: 0, K: 0}}\n")
    assert spec.problems == ()
    assert kinds(spec) == "INPUT-FC"


def test_hyperparameters(layers):
    found = layers(
        '"INPUT(32x32x3) - CONV3-64 - conv(k=32, F=3x5, pad={left: 1, right: 2}, S=n,'
        "init=normal(0.01), bias=no) - POOL(2, mode='max') - DROPOUT-0.25 - FC10\"",
        "variables: {n: 2}\n",
    )
    assert found[0].size == Volume(32, 32, 3)
    assert (Extent(3, 3), 64) == (found[1].F, found[1].K)
    assert found[2] == Conv(
        K=32, F=Extent(3, 5), P=Padding(1, 2), S=Extent(2, 2), init=Init("normal", 0.01), bias=False
    )
    assert found[4].rate == 0.25
    assert found[5].K == 10


WRITTEN = {
    "plain": "architecture: INPUT - CONV(K=0)\n",
    "single": "architecture: 'INPUT - CONV(K=0)'\n",
    "double": 'architecture: "INPUT - CONV(K=0)"\n',
    "list": "architecture:\n  - INPUT - CONV(K=0)\n",
    "folded": "architecture: >-\n  INPUT\n\n  - CONV(K=0)\n",
    "literal": "architecture: | # a comment\n   INPUT -\n   CONV(K=0)\n",
    "wrapped": "architecture: INPUT\n  - CONV(K=0)\n",
    "escaped": 'architecture: "INPUT \\x2D\\\n   CONV\\u0028K=0)"\n',
}


@pytest.mark.parametrize("written", WRITTEN)
def test_places_inside_a_pattern(read, written):
    text = WRITTEN[written]
    (problem,) = read(text).problems
    line = text.split("\n")[problem.place.line - 1]
    assert line[problem.place.column - 1 :].startswith("0)")
    assert problem.message == "K must be at least 1, not 0"
    section = "architecture[0]" if written == "list" else "architecture"
    assert (problem.path, problem.layer) == (f"{section}: conv1", "conv1")


@given(
    st.lists(st.sampled_from(["INPUT", "CONV3-8", "[RELU]*2", "FC(K=3)"]), max_size=6),
    st.lists(st.sampled_from([" -> ", "-", "\n  - ", " →\n\n  "]), min_size=7, max_size=7),
    st.sampled_from(["", "'", '"', ">\n  ", "|\n  "]),
)
def test_the_place_of_a_problem_in_any_style(read, items, joints, style):
    quote = style if style in ("'", '"') else ""
    pairs = zip(["INPUT", *items], joints, strict=False)
    pattern = "".join(item + joint for item, joint in pairs)
    text = f"architecture: {style}{pattern}CONF{quote}\n"
    (problem,) = read(text).problems
    assert problem.message == "unknown layer 'CONF'; did you mean CONV?"
    line = text.split("\n")[problem.place.line - 1]
    assert line[problem.place.column - 1 :].startswith("CONF")


@pytest.mark.parametrize(
    ("architecture", "problem"),
    [
        ("CONV-DENSE", "19: architecture: unknown layer 'DENSE'; here it is called FC"),
        (
            "CONV2D-8",
            "14: architecture: unknown layer 'CONV2D'; here it is called CONV, whose P keeps the "
            "size unless it is given; elsewhere it is 0",
        ),
        ("RELU3", "14: architecture: 'RELU3': RELU takes no number after its name"),
        ("RELU(3)", "19: architecture: RELU takes no value without a key, 3 is one"),
        ("RELU(K=3)", "19: architecture: unknown key 'K'; RELU has no hyperparameters"),
        (
            "CONV(filtres=3)",
            "19: architecture: unknown key 'filtres' of CONV; did you mean filters?",
        ),
        (
            "CONV(Q=3)",
            "19: architecture: unknown key 'Q' of CONV; "
            "its keys are K, F, S, P, dilation, groups, bias, fit and init",
        ),
        ("CONV3(F=5)", "22: architecture: F is given twice, by CONV3 and by F"),
        ("CONV-8(K=5)", "23: architecture: K is given twice, by the value 8 and by K"),
        ("CONV(K=5, k=5)", "26: architecture: K is given twice, by K and by k"),
        ("CONV*N", "19: architecture: the variable N has no value; add variables: {N: 2}"),
        (
            "CONV*5001",
            "19: architecture: a repeat must be a whole number from 0 to 5,000, not 5001",
        ),
        (
            "'[[CONV]*5000]*5000'",
            "29: architecture: the repeats make 25,000,000 layers; at most 5,000 are allowed",
        ),
        (
            "[CONV(K=3, F=5)]",
            "19: architecture[0]: '(' is not closed; add ')'; "
            "in a YAML list, a pattern that holds a comma must be quoted",
        ),
        ("'CONV(P={left: [)'", "30: architecture: ')' stands where ']' is missing"),
        (
            "'CONV(P={left})'",
            "22: architecture: conv1: P is {'left': None}: "
            "the padding of a side is a whole number, 0 or more",
        ),
        (
            "'CONV(P={a: b: c})'",
            "22: architecture: '{a: b: c}': these braces are not closed: a ',' or a '}' is missing",
        ),
        ("''", "14: architecture: the pattern is empty; write for example INPUT-CONV-RELU-POOL-FC"),
    ],
)
def test_problems_of_a_pattern(problems, architecture, problem):
    column, message = problem.split(": ", 1)
    assert problems(f"architecture: {architecture}\n")[0] == (
        f"f.yaml:1:{int(column) + 1}: {message}"
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [("2.5", "N=2.5"), ("-1", "N=-1"), ("two", "N='two'"), ("true", "N=true"), ("", "N=empty")],
)
def test_repeats_by_variable(problems, value, shown):
    assert problems(f"architecture: CONV*N\nvariables: {{N: {value}}}\n") == [
        f"f.yaml:1:20: architecture: a repeat must be a whole number from 0 to 5,000, not {shown}"
    ]


def test_switches_and_unused_variables(read):
    spec = read("architecture: POOL?\nvariables: {POOL: maybe, N: 2}\n")
    assert [x.message for x in spec.problems] == ["the switch POOL must be on or off, not 'maybe'"]
    spec = read("architecture: POOL?\nvariables: {POOL: on, N: 2}\n")
    assert [(x.severity, x.message) for x in spec.problems] == [
        ("warning", "the variable N is used nowhere in the architecture")
    ]
    spec = read("architecture: POOL?\nvariables: 3\n")
    assert [x.message for x in spec.problems] == [
        "variables must be a mapping, like {N: 2, M: 3}, not 3"
    ]


def test_a_problem_in_a_repeated_group_is_told_once(read):
    spec = read("architecture: '[CONV(K=0)]*50'\n")
    assert len(spec.problems) == 1
    assert len(spec.layers) == 50
    assert all(layer.layer is None for layer in spec.layers)
