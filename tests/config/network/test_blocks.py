"""Branches and blocks: what `from:` means, names in blocks and repeats, and their problems."""

import pytest

BASIC = """\
blocks:
  basic:
    parameters: {K: 8, S: 1}
    layers:
      - CONV3(K=K, S=S, P=1) -> RELU -> CONV3(K=K, name=main)
      - ADD(from=[main, input]) -> RELU
"""


def graph(spec):
    assert [problem for problem in spec.problems if problem.severity == "error"] == []
    return {layer.name: layer.inputs for layer in spec.layers}


def test_a_block_is_a_layer_with_parameters(read):
    spec = read(
        f"{BASIC}architecture:\n  - INPUT(8x8x8)\n  - basic\n"
        "  - basic: {K: 4, S: 2}\n    name: b\n"
        "  - fc: {K: 3}\n    from: b\n"
    )
    assert graph(spec) == {
        "input1": (),
        "basic1.conv1": ("input1",),
        "basic1.relu1": ("basic1.conv1",),
        "basic1.main": ("basic1.relu1",),
        "basic1.add1": ("basic1.main", "input1"),
        "basic1.relu2": ("basic1.add1",),
        "b.conv1": ("basic1.relu2",),
        "b.relu1": ("b.conv1",),
        "b.main": ("b.relu1",),
        "b.add1": ("b.main", "basic1.relu2"),
        "b.relu2": ("b.add1",),
        "fc1": ("b.relu2",),
    }
    by_name = {layer.name: layer.layer for layer in spec.layers}
    assert [by_name[name].K for name in ("basic1.conv1", "b.conv1", "b.main")] == [8, 4, 4]
    assert by_name["b.conv1"].S == (2, 2)


@pytest.mark.parametrize(
    "architecture",
    [
        '"INPUT(8x8x8) - [basic(K=8)]*2 - FC"',
        "[INPUT(8x8x8), {basic: {K: 8}, repeat: 2}, fc]",
        "[INPUT(8x8x8), {repeat: N, layers: [basic]}, fc]\nvariables: {N: 2}",
        "[INPUT(8x8x8), Basic, BASIC, fc]",
        "[INPUT(8x8x8), basic, {basic: {}, from: -1}, {fc: , from: basic2}]",
        "INPUT(8x8x8) - basic - basic(from=-1) - FC(from=basic2)",
        "INPUT(8x8x8) - basic - basic(from=basic1.relu2) - FC(from=-1)",
    ],
)
def test_the_same_network_in_other_words(read, architecture):
    usual = read(f"{BASIC}architecture: INPUT(8x8x8) - basic - basic - FC\n")
    assert graph(read(f"{BASIC}architecture: {architecture}\n")) == graph(usual)


def test_references_back_in_the_row(read):
    spec = read(
        "architecture: [input: 8x8x3, conv, relu, {conv: , from: -2}, {add: , from: [-1, -2]}, "
        "{concat: , from: [input, conv1, -1]}, fc: 2]\n"
    )
    inputs = graph(spec)
    assert inputs["conv2"] == ("conv1",)
    assert inputs["add1"] == ("conv2", "relu1")
    assert inputs["concat1"] == ("input1", "conv1", "add1")


def test_names_in_a_repeated_group_are_numbered(read):
    spec = read(
        "architecture:\n  - INPUT(8x8x12)\n  - repeat: 2\n    layers:\n"
        "      - conv:\n        name: a\n"
        "      - repeat: 2\n        layers: CONV(name=b) -> ADD(from=[b, a])\n"
        "  - CONCAT(from=[a1, a2, b2-2]) -> FC-2\n"
    )
    inputs = graph(spec)
    assert inputs["add1"] == ("b1-1", "a1")
    assert inputs["add4"] == ("b2-2", "a2")
    assert inputs["concat1"] == ("a1", "a2", "b2-2")


def test_blocks_inside_blocks_and_parameters_passed_on(read):
    spec = read(
        "blocks:\n"
        "  unit: {parameters: [K], layers: CONV1(K=K) -> RELU}\n"
        "  two: {parameters: {K: 4, L: 5}, layers: [unit: {K: K}, unit: L, "
        "{concat: , from: [-1, unit1]}]}\n"
        "architecture: [input: 4x4x1, two: {K: 6}, fc: 2]\n"
    )
    inputs = graph(spec)
    assert inputs["two1.concat1"] == ("two1.unit2.relu1", "two1.unit1.relu1")
    by_name = {layer.name: layer.layer for layer in spec.layers}
    assert (by_name["two1.unit1.conv1"].K, by_name["two1.unit2.conv1"].K) == (6, 5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "architecture: [INPUT, {conv: , name: main}, {add: , from: [main, mian]}]",
            "f.yaml:1:66: architecture[2].from: there is no layer named 'mian' here; "
            "did you mean main?",
        ),
        (
            "architecture: [INPUT, {conv: , from: -3}, fc]",
            "f.yaml:1:38: architecture[1].from: from: -3 reaches beyond the beginning: "
            "1 layers stand above in the network",
        ),
        (
            "architecture: [INPUT, {conv: , from: 0}, fc]",
            "f.yaml:1:38: architecture[1].from: from takes names of layers, or -1, -2, ..., not 0",
        ),
        (
            "architecture: [INPUT, {conv: , from: []}, fc]",
            "f.yaml:1:38: architecture[1].from: from is empty; name a layer, or leave it out",
        ),
        (
            "architecture: [INPUT, conv, {relu: , from: [-1, -2]}, fc]",
            "f.yaml:1:49: architecture[2].relu: RELU reads one layer, but from names 2; "
            "join them with ADD or CONCAT first",
        ),
        (
            "architecture: [INPUT, {add: , from: [-1, b], name: a}, {conv: , name: b}, fc]",
            "f.yaml:1:42: architecture[1].from: a cycle: a -> b -> a; "
            "a layer reads only layers above it",
        ),
        (
            "architecture: [INPUT, {conv: , from: b}, {conv: , from: -2, name: b}, fc]",
            "f.yaml:1:38: architecture[1].from: 'b' stands below; a layer reads only layers above "
            "it. Move it up",
        ),
        (
            "architecture: [INPUT, {relu: , name: r, from: r}, fc]",
            "f.yaml:1:47: architecture[1].from: a cycle: r -> r; "
            "a layer reads only layers above it",
        ),
        (
            f"{BASIC}architecture: INPUT - basic(L=3) - FC",
            "f.yaml:7:29: architecture: unknown parameter 'L' of the block basic; they are K and S",
        ),
        (
            f"{BASIC}architecture: INPUT - basic(8) - FC",
            "f.yaml:7:29: architecture: write the parameter's name, like basic(K=...); 8 has none",
        ),
        (
            f"{BASIC}architecture: INPUT - basik - FC",
            "f.yaml:7:23: architecture: unknown layer 'basik'; did you mean the block basic?",
        ),
        (
            "blocks: {b: {parameters: [K], layers: CONV(K=K)}}\narchitecture: INPUT - b - FC",
            "f.yaml:2:23: architecture: the block b needs K: it has no default",
        ),
        (
            "blocks: {a: CONV - b, b: RELU - a}\narchitecture: INPUT - a - FC",
            "f.yaml:1:33: blocks.b: the block a is made of itself: a -> b -> a",
        ),
        (
            "blocks: {conv: RELU}\narchitecture: INPUT - FC",
            "f.yaml:1:10: blocks.conv: 'conv' is the name of a layer; give the block another one",
        ),
        (
            "blocks: {b: {parameter: [K], layers: RELU}}\narchitecture: INPUT - b - FC",
            "f.yaml:1:14: blocks.b.parameter: unknown key 'parameter'; a block has parameters and "
            "layers",
        ),
        (
            "blocks: {b: 3}\narchitecture: INPUT - FC",
            "f.yaml:1:13: blocks.b: the block b has no layers; write its layers as a pattern or a "
            "list, or as {parameters: {K: 64}, layers: ...}",
        ),
        (
            "blocks: [a]\narchitecture: INPUT - FC",
            "f.yaml:1:9: blocks: blocks must be a mapping, like {unit: CONV -> RELU}, not ['a']",
        ),
        (
            "blocks: {b: RELU}\narchitecture: INPUT - FC",
            "f.yaml:1:10: blocks.b: the block b is used nowhere in the architecture",
        ),
        (
            "blocks: {b: {parameters: {K: 3}, layers: RELU}}\narchitecture: INPUT - b - FC",
            "f.yaml:1:27: blocks.b.parameters.K: the parameter K is used nowhere in the block b",
        ),
        (
            "blocks: {b: {parameters: {K: 3}, layers: 'CONV(K=K, F=0)'}}\n"
            "architecture: INPUT-b-b-FC",
            "f.yaml:1:55: blocks.b.layers: b1.conv1: F must be at least 1, not 0",
        ),
    ],
)
def test_problems(problems, text, found):
    assert problems(f"{text}\n")[0] == found


def test_an_unknown_block_hides_what_depends_on_it(problems):
    text = f"{BASIC}architecture: [INPUT, basic: {{L: 3}}, conv, fc]\n"
    assert len(problems(text)) == 1


def test_blocks_that_grow_without_bound_are_refused_quickly(problems):
    blocks = "".join(f"  b{i}: [{', '.join([f'b{i + 1}'] * 10)}]\n" for i in range(9))
    text = f"blocks:\n{blocks}  b9: RELU\narchitecture: [INPUT, b0, FC]\n"
    (problem,) = problems(text)
    assert problem.endswith("the blocks make 10,000 layers; at most 5,000 are allowed")


def test_a_block_with_too_many_sets_of_parameters(problems):
    uses = "-".join(f"b-{k}" for k in range(1, 2_003))
    found = problems(
        f"blocks: {{b: {{parameters: [K], layers: FC-K}}}}\narchitecture: INPUT-{uses}\n"
    )
    assert any("more than 2,000 sets of parameters" in problem for problem in found)


def test_blocks_that_grow_with_their_parameters_are_refused_quickly(problems):
    names = [f"p{k}" for k in range(16)]
    parameters = f"parameters: {{{', '.join(f'{name}: 0' for name in names)}}}"
    blocks = ""
    for i, own in enumerate(names):
        passed = ", ".join(f"{name}: {name}" for name in names if name != own)
        uses = ", ".join(f"b{i + 1}: {{{passed}, {own}: {value}}}" for value in (1, 2))
        blocks += f"  b{i}: {{{parameters}, layers: [{uses}]}}\n"
    last = f"  b16: {{{parameters}, layers: RELU}}\n"
    found = problems(f"blocks:\n{blocks}{last}architecture: [INPUT, b0, FC]\n")
    many = "more than 50,000 words, signs and values (a block counts again for each set of"
    assert any(many in problem for problem in found)


def test_a_value_for_a_block_without_parameters(problems):
    assert problems("blocks: {b: RELU}\narchitecture: INPUT(8x8x1)-b-5-FC-2\n") == [
        "f.yaml:2:30: architecture: the block b has no parameters; 5 has none"
    ]
