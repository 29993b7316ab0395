"""`if:` of layers, blocks and groups: what is there, and what stands for what is left out."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnncli.check.check import check_text
from cnncli.config.load import load_text


def spec_of(text):
    return load_text(text, Path("f.yaml"))


def inputs(text):
    spec = spec_of(text)
    assert [str(problem) for problem in spec.problems if problem.is_error] == []
    return {layer.name: layer.inputs for layer in spec.layers}


def problems(text):
    return [str(problem) for problem in check_text(text, Path("f.yaml")).problems]


LISTS = """\
variables: {{S: {S}}}
architecture:
  - INPUT(8x8x6) -> CONV-4(name=a)
  - conv: 5
    if: S > 1
  - relu:
    name: r
    if: {relu}
  - CONCAT(from=[r, a, conv2, -1])
  - fc: 2
"""


@pytest.mark.parametrize(
    ("S", "relu", "reads"),
    [
        (2, "S == 2", ("r", "a", "conv2", "r")),
        (2, "S != 2", ("conv2", "a", "conv2", "conv2")),
        (1, "true", ("r", "a", "a", "r")),
        (1, "false", ("a", "a", "a", "a")),
        (1, "input.D == 4", ("r", "a", "a", "r")),
        (1, "input.D == 5", ("a", "a", "a", "a")),
        (2, "input.D == 5 and not input.W < 8", ("r", "a", "conv2", "r")),
    ],
)
def test_what_is_left_out_stands_for_what_it_would_read(S, relu, reads):
    found = inputs(LISTS.format(S=S, relu=relu))
    assert found["concat1"] == reads
    assert ("conv2" in found) == (S > 1)
    assert ("r" in found) == (reads[0] == "r")


@pytest.mark.parametrize(
    "layer",
    [
        "CONV3-8(name=x, if=K > 1)",
        "CONV3-8(if=K > 1 and K < 9, name=x)",
        'CONV3-8(name=x, if="K > 1")',
        "b(name=x, if=gate)",
    ],
)
@pytest.mark.parametrize("on", [True, False])
def test_in_patterns(layer, on):
    text = (
        f"variables: {{K: {2 if on else 1}, gate: {'on' if on else 'off'}, J: 1}}\n"
        "blocks: {b: CONV3-8}\n"
        f"architecture: INPUT(8x8x6) - CONV-4 - {layer} - RELU - [CONV]*J - CONCAT(from=[x, -1])"
        " - FC-2\n"
    )
    found = inputs(text)
    end = ("x.conv1" if "b(" in layer else "x") if on else "conv1"
    assert found["relu1"] == (end,)
    assert found["concat1"][0] == end


def test_a_first_source_is_handed_on():
    found = inputs(
        "architecture: INPUT(8x8x6) - CONV-6(name=a) - CONV-6(name=b) - "
        "ADD(from=[a, input1], name=sum, if=false) - RELU - ADD(from=[sum, b, -1]) - FC-2"
    )
    assert found["relu1"] == ("a",)
    assert found["add2"] == ("a", "b", "relu1")


GROUP = """\
architecture:
  - INPUT(8x8x6) -> CONV-4(name=a) -> CONV-4(name=b)
  - {group}
    if: {on}
  - ADD(from=[short, b, -1]) -> FC-2
"""


@pytest.mark.parametrize(
    ("group", "there", "left"),
    [
        ("layers: CONV-4(from=a) -> BN(name=short)",
         ("short", "b", "short"), ("a", "b", "a")),
        ("layers: [{conv: 4, from: a}, [relu, {relu: , name: short}], bn]",
         ("short", "b", "batchnorm1"), ("a", "b", "a")),
        ("layers: [u: {K: 4}, {relu: , name: short}]",
         ("short", "b", "short"), ("b", "b", "b")),
    ],
)  # fmt: skip
def test_groups(group, there, left):
    blocks = "blocks: {u: {parameters: {K: }, layers: 'CONV(K=K)'}}\n" if "u:" in group else ""
    # a branch that is a copy of another one is warned of, which is no matter here
    for on, reads in (("true", there), ("input.D > 6", left)):
        spec = spec_of(blocks + GROUP.format(group=group, on=on))
        assert [str(problem) for problem in spec.problems if problem.is_error] == []
        assert next(layer.inputs for layer in spec.layers if layer.kind == "ADD") == reads


def test_groups_in_copies():
    text = (
        "variables: {{N: {N}}}\narchitecture:\n  - INPUT(8x8x6)\n  - repeat: 2\n    if: N > 1\n"
        "    layers: CONV-4(name=q) - RELU\n  - CONV-3(from=q2) -> FC-2\n"
    )
    assert inputs(text.format(N=2))["conv3"] == ("q2",)
    assert inputs(text.format(N=1)) == {
        "input1": (),
        "conv3": ("input1",),
        "fc1": ("conv3",),
    }


@pytest.mark.parametrize(
    ("on", "names"),
    [
        ("N > 1", ["input1", "q1", "relu1", "q2", "relu2", "conv3", "fc1"]),
        ("N < input.D/6", ["input1", "conv3", "fc1"]),
    ],
)
def test_groups_in_patterns(on, names):
    text = (
        "variables: {{N: 2}}\n"
        "architecture: INPUT(8x8x6) - [CONV-4(name=q) - RELU](if={}){} - CONV-3(from={}) - FC-2\n"
    )
    assert list(inputs(text.format(on, "*N", "q2"))) == names
    found = inputs(text.format(on, "", "q"))
    assert list(found) == [name for name in ("input1", "q", "relu1") if name in found] + [
        "conv2",
        "fc1",
    ]
    assert ("q" in found) == (len(names) > 3)


@pytest.mark.parametrize("arguments", ["(K=3)", "(if=N, K=3)", "(N)"])
def test_other_arguments_of_a_group(arguments):
    assert problems(f"architecture: INPUT(8x8x6) - [CONV]{arguments} - FC-2") == [
        "f.yaml:1:36: architecture: '(...)' stands directly after a layer's name, like CONV(K=32)"
    ]


def test_each_copy_decides_for_itself():
    """Outside of blocks, `input` is what the layer itself reads."""
    found = inputs(
        "architecture:\n  - INPUT(8x8x6)\n  - repeat: 4\n    layers:\n"
        "      - {conv: {K: 2*input.D}, if: input.D < 20}\n  - fc: 2\n"
    )
    assert list(found) == ["input1", "conv1", "conv2", "fc1"]


def test_blocks_in_blocks():
    text = (
        "blocks:\n"
        "  inner: {parameters: {K: }, layers: 'CONV(K=K) - RELU(if=K == input.D)'}\n"
        "  outer:\n    parameters: {K: , deep: on}\n    layers:\n"
        "      - inner(K=input.D)\n"
        "      - inner(K=K, if=deep)\n"
        "      - CONV(K=K, from=input, name=s, if=K != input.D)\n"
        "      - ADD(from=[s, -2], if=K != input.D)\n"
        "architecture: INPUT(8x8x6) - outer(K=6) - outer(K=8) - outer(K=8, deep=off) - FC-2\n"
    )
    assert list(inputs(text)) == [
        "input1",
        "outer1.inner1.conv1", "outer1.inner1.relu1",
        "outer1.inner2.conv1", "outer1.inner2.relu1",
        "outer2.inner1.conv1", "outer2.inner1.relu1", "outer2.inner2.conv1",
        "outer2.s", "outer2.add1",
        "outer3.inner1.conv1", "outer3.inner1.relu1",
        "fc1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("architecture: INPUT(8x8x6) - RELU(if=input.W) - FC-2",
         "f.yaml:1:38: architecture: input.W: input.W is 8, not on or off; compare it, "
         "like input.W > 1"),
        ("architecture: INPUT(8x8x6) - RELU(if=S > 1) - FC-2",
         "f.yaml:1:38: architecture: S > 1: the variable S has no value; add variables: {S: 2}"),
        ("variables: {St: 1}\narchitecture: INPUT(8x8x6) - RELU(if=2 < st) - CONV(S=St) - FC-2",
         "f.yaml:2:42: architecture: 2 < st: the variable st has no value; did you mean St?"),
        ("architecture: INPUT(8x8x6) - RELU(if=1) - FC-2",
         "f.yaml:1:38: architecture: 1: if takes a condition, like S > 1"),
        ("architecture: [input: 8x8x6, {relu: , if: [1]}, fc: 2]",
         "f.yaml:1:43: architecture[1].if: [1]: if takes a condition, like S > 1"),
        ("architecture: [input: 8x8x6, {relu: , if: S = 1}, fc: 2]",
         "f.yaml:1:45: architecture[1].if: S = 1: two values are compared with ==, not with ="),
        ("architecture: [input: 8x8x6, {conv: {K: 3, if: true}}, fc: 2]",
         "f.yaml:1:44: architecture[1].conv.if: 'if' stands beside the layer: "
         "{conv: ..., if: ...}"),
        ("architecture: INPUT(8x8x6, if=false) - FC-2",
         "f.yaml:1:31: architecture: the first layer cannot be left out: there is nothing that it "
         "would read"),
        ("architecture: [input: 8x8x6, {conv: 3, if: input.D/0 > 1}, fc: 2]",
         "f.yaml:1:44: architecture[1].if: input.D/0 > 1: input.D/0 divides by 0"),
        ("variables: {K: 3x5}\narchitecture: [input: 8x8x6, {conv: {F: K}, if: K > 1}, fc: 2]",
         "f.yaml:2:49: architecture[1].if: K > 1: K is '3x5', not a number"),
        ("architecture: [input: 8x8x6, {relu: , if: false, from: nobody}, fc: 2]",
         "f.yaml:1:56: architecture[1].from: there is no layer named 'nobody' here"),
    ],
)  # fmt: skip
def test_problems(text, message):
    assert message in [each.split("\n")[0] for each in problems(text)]


# A network with conditions is that of the layers that are there, written out.
_LAYERS = ("CONV-{n}", "RELU", "POOL", "BN", "ADD(from=[-1, -1])", "b(K={n})", "CONV(K=input.D+1)")


@st.composite
def _networks(draw):
    """Two texts: with conditions, and with what is left out taken away."""
    width = draw(st.integers(1, 3))
    conditional, plain = ["INPUT(16x16x4)"], ["INPUT(16x16x4)"]
    depth = 4
    for _ in range(draw(st.integers(1, 7))):
        kind, n = draw(st.sampled_from(_LAYERS)), draw(st.integers(1, 9))
        text, on = kind.format(n=n), True
        if draw(st.booleans()):
            than = draw(st.integers(1, 9))
            condition, on = draw(
                st.sampled_from(
                    [
                        (f"input.D > {than}", depth > than),
                        (f"width >= {than} or input.D == {than}", width >= than or depth == than),
                        (f"not (input.D//2 < {than})", not depth // 2 < than),
                        (f"width % 2 == {than % 2}", width % 2 == than % 2),
                    ]
                )
            )
            text = f"{text[:-1]}, if={condition})" if "(" in text else f"{text}(if={condition})"
        conditional.append(text)
        if on:
            plain.append(kind.format(n=n))
            depth = {"CONV-{n}": n, "b(K={n})": n + 4, "CONV(K=input.D+1)": depth + 1}.get(
                kind, depth
            )
    head = (
        f"variables: {{width: {width}}}\nblocks:\n  b:\n    parameters: {{K: }}\n    layers:\n"
        "      - CONV(K=K, name=a)\n      - CONV-4(from=input, name=c)\n"
        "      - CONCAT(from=[a, c])\narchitecture: "
    )
    return [head + " - ".join([*layers, "FC-2"]) for layers in (conditional, plain)]


@given(_networks())
@settings(max_examples=120, deadline=None)
def test_the_same_network_written_out(texts):
    found = [check_text(text, Path("f.yaml")).graph for text in texts]
    assert _structure(found[0]) == _structure(found[1])


def _structure(graph):
    index = {node.name: at for at, node in enumerate(graph.nodes)}
    return [
        (node.layer, [index[name] for name in node.inputs], node.out_shape) for node in graph.nodes
    ]
