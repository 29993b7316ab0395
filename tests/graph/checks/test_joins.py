"""Fixes of joins: each works, applied to the text, and other names and -1 mean what they meant."""

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.config.specification import LayerSpec
from cnncli.graph.build import build
from cnncli.problems import Fix, Problem

FILE = Path("net.yaml")


def problems(text: str) -> list[Problem]:
    graph = build(load_text(text, FILE), None, None)
    return [problem for problem in graph.problems if problem.is_error]


def apply(text: str, fix: Fix) -> str:
    """The text with the fix, of which no problem is left."""
    assert fix.edit
    fixed = apply_edit(text, fix.edit)
    assert problems(fixed) == [], fixed
    return fixed


def fixes(text: str) -> dict[str, str]:
    """Every fix of the first problem, and the lines of the file that it changes."""
    problem = problems(text)[0]
    return {str(fix): difference(text, apply(text, fix)) for fix in problem.fixes}


def difference(before: str, after: str) -> str:
    old = before.splitlines()
    return "\n".join(line.strip() for line in after.splitlines() if line not in old)


def reads(layers: tuple[LayerSpec, ...], new: set[str]) -> list[tuple[str, tuple[object, ...]]]:
    """Of every layer its kind and which layers it reads, as if the new ones were not there."""
    kept = [layer for layer in layers if layer.name not in new]
    numbers: dict[str, object] = {layer.name: number for number, layer in enumerate(kept)}
    for layer in layers:
        if layer.name in new:
            assert layer.inputs
            numbers[layer.name] = numbers[layer.inputs[0]]
    return [(layer.kind, tuple(numbers[name] for name in layer.inputs or ())) for layer in kept]


def check_meaning(before: str, after: str) -> int:
    """Without the new layers of 1x1 the network is the one before; how many there are."""
    old, new = load_text(before, FILE).layers, load_text(after, FILE).layers
    assert None not in [layer.inputs for layer in new]
    inserted = {
        layer.name
        for layer in new
        if layer.kind == "CONV" and getattr(layer.layer, "F", None) == (1, 1)
    }
    assert reads(old, set()) == reads(new, inserted), after
    return len(inserted)


RESIDUAL = """\
architecture:
  - input: 32x32x3
  - CONV3-16 -> RELU(name=x)
  - CONV3-32 -> BN -> RELU -> CONV3-32 -> BN(name=main)
  - ADD(from=[main, x]) -> RELU -> POOL(F=global, mode=average) -> FC-10
"""
STRIDE = RESIDUAL.replace("CONV3-32 -> BN -> RELU", "CONV3-32(S=2, P=same) -> BN -> RELU")
GATE = """\
architecture:
  - input: 32x32x3
  - CONV3-64(name=body)
  - POOL(F=global, mode=average) -> FC-4 -> RELU -> FC-64 -> SIGMOID(name=gate)
  - ADD(from=[body, gate])
  - FC-10
"""


def test_depths_that_differ():
    assert fixes(RESIDUAL) == {
        "K: 16 of 'conv3', line 4 -> 32x32x16":
            "- CONV3-32 -> BN -> RELU -> CONV3-16 -> BN(name=main)",
        "K: 32 of 'conv1', line 3 -> 32x32x32": "- CONV3-32 -> RELU(name=x)",
        "CONV1-32 between 'x' and ADD -> 32x32x32":
            "- CONV1-32(from=x) -> ADD(from=[main, -1]) -> RELU -> "
            "POOL(F=global, mode=average) -> FC-10",
    }  # fmt: skip


def test_maps_and_depths_that_differ():
    assert fixes(STRIDE) == {
        "CONV1-32(S=2, P=same) between 'x' and ADD -> 16x16x32":
            "- CONV1-32(S=2, P=same, from=x) -> ADD(from=[main, -1]) -> RELU -> "
            "POOL(F=global, mode=average) -> FC-10",
    }  # fmt: skip
    assert "CONV1-32(S=2) between" in str(problems(f"fit: crop\n{STRIDE}")[0].fixes[0])


def test_a_gate_is_multiplied():
    first, *_ = fixes(GATE).items()
    assert first == (
        "MUL in the place of ADD -> 32x32x64 (1x1x64 is a gate)",
        "- MUL(from=[body, gate])",
    )


SHORTCUT = """\
architecture:
  - input: 32x32x3
  - {conv: {K: 16, F: 3}, name: x}
  - {conv: {K: 16, F: 3, S: 2, P: 1, fit: crop}, name: main}
  - {conv: {K: 16, F: 1, S: 4, fit: crop}, name: short, from: x}
  - {add: , from: [main, short]}
  - fc: 3
"""


def test_the_stride_of_the_other_branch():
    found = fixes(SHORTCUT)
    changes = [fix for fix in found if fix.startswith("S: ")]
    assert changes == ["S: 2 of 'short', line 5 -> 16x16x16", "S: 4 of 'main', line 4 -> 8x8x16"]
    pooled = SHORTCUT.replace("conv: {K: 16, F: 1, S: 4, fit: crop}", "pool: {F: 4, S: 4}")
    assert "S: 4 of 'main', line 4 -> 8x8x16" in fixes(pooled)


def test_the_depth_goes_through_layers_that_keep_it():
    text = """\
architecture:
  - input: 8x8x3
  - {conv: {K: 16, F: 3}, name: x}
  - CONV1-12 -> BN -> RELU -> CONV3-12(groups=depthwise) -> BN -> RELU(name=main)
  - {add: , from: [main, x]}
  - fc: 3
"""
    assert fixes(text) == {
        "K: 16 of 'conv2', line 4, K: 16 of 'conv3', line 4 -> 8x8x16":
            "- CONV1-16 -> BN -> RELU -> CONV3-16(groups=depthwise) -> BN -> RELU(name=main)",
        "K: 12 of 'x', line 3 -> 8x8x12": "- {conv: {K: 12, F: 3}, name: x}",
        "CONV1-12 between 'x' and ADD -> 8x8x12":
            "- CONV1-12(from=x)\n- {add: , from: [main, -1]}",
    }  # fmt: skip


def insertions(text: str) -> list[str]:
    """The text with each fix that puts a layer in."""
    found = [fix for problem in problems(text) for fix in problem.fixes]
    return [apply(text, fix) for fix in found if fix.change.startswith("CONV1")]


BLOCK = """\
blocks:
  unit:
    parameters: {K: 8}
    layers:
      - CONV3(K=K) -> RELU -> CONV3(K=K, name=main)
      - ADD(from=[-1, input]) -> RELU
architecture:
  - INPUT(8x8x3) -> unit -> POOL -> unit(K=8) -> FC-3
"""
REPEAT = """\
fit: crop
architecture:
  - INPUT(9x9x3) -> CONV3-4(name=x)
  - "[CONV3-8(S=2, name=c) -> CONV3-8(S=2) -> ADD(from=[-1, c], name=s)]*3"
  - ADD(from=[-1, -1]) -> CONV3-8(from=-2) -> ADD(from=[-1, -2, conv9]) -> FC-3
"""


def test_inside_blocks_and_repeats():
    (fixed,) = insertions(BLOCK)
    assert "- CONV1(K=K, from=input) -> ADD(from=[-2, -1]) -> RELU" in fixed
    assert check_meaning(BLOCK, fixed) == 2
    repeat = REPEAT.replace("conv9", "-2").replace("INPUT(9x9x3)", "INPUT(65x65x3)")
    (fixed, *_) = insertions(repeat)
    assert "CONV1-8(S=2, from=c) -> ADD(from=[-2, -1], name=s)" in fixed
    assert check_meaning(repeat, fixed) == 3


BASIC = """\
{fit}blocks:
  basic:
    parameters: {{K: 16, S: 1}}
    layers:
      - CONV3(K=K, S=S{P}) -> BN -> RELU -> CONV3(K={K}) -> BN
      - ADD(from=[-1, input]) -> RELU
architecture:
  - INPUT(32x32x3) -> CONV3-16 -> basic -> basic(K=32, S=2) -> basic(K=64, S=2) -> FC-3
"""


@pytest.mark.parametrize(
    ("text", "layer"),
    [
        (BASIC.format(fit="fit: crop\n", P="", K="K"), "CONV1(K=K, S=S, from=input)"),
        (BASIC.format(fit="", P=", P=same", K="4*K"), "CONV1(K=4*K, S=S, P=same, from=input)"),
    ],
)
def test_a_block_without_a_layer_on_its_shortcut(text, layer):
    fixed = insertions(text)[-1]
    assert f"- {layer} -> ADD(from=[-2, -1]) -> RELU" in fixed
    assert check_meaning(text, fixed) == 3


@pytest.mark.parametrize(
    ("rest", "after"),
    [
        ("  - ADD(from=[-1, -3]) -> FC-3\n",
         "  - CONV1-16(from=-3) -> ADD(from=[-2, -1]) -> FC-3\n"),
        ("  - add:\n    from: [-1, conv1]\n  - FC-3\n",
         "  - CONV1-16(from=conv1)\n  - add:\n    from: [-2, -1]\n  - FC-3\n"),
        ("  -  # the sum - of both\n    add:\n    from: [conv2, conv1]\n  - FC-3\n",
         "  - CONV1-16(from=conv1)\n"
         "  -  # the sum - of both\n    add:\n    from: [conv2, -1]\n  - FC-3\n"),
        # a layer below reads above the join, by its number in the row and by its name
        ("  - ADD(from=[-1, -3])\n"
         "  - {conv: 16, from: -2}\n  - ADD(from=[-1, -2, conv2]) -> FC-3\n",
         "  - CONV1-16(from=-3) -> ADD(from=[-2, -1])\n"
         "  - {conv: 16, from: -3}\n  - ADD(from=[-1, -2, conv2]) -> FC-3\n"),
        ("  - ADD(from=[-1, -3]) -> CONV3-16(name=own) -> CONV3-16\n"
         "  - {add: , from: [conv4, own]}\n  - {add: , from: [conv4, add1, add2]}\n  - FC-3\n",
         "  - CONV1-16(from=-3) -> ADD(from=[-2, -1]) -> CONV3-16(name=own) -> CONV3-16\n"
         "  - {add: , from: [conv5, own]}\n  - {add: , from: [conv5, add1, add2]}\n  - FC-3\n"),
    ],
)  # fmt: skip
def test_what_stands_below_means_what_it_meant(rest, after):
    head = "architecture:\n  - INPUT(9x9x3)\n  - CONV3-4 -> RELU -> CONV3-16\n"
    (fixed,) = insertions(head + rest)
    assert fixed == head + after
    assert check_meaning(head + rest, fixed) >= 1


numbers = st.integers
K = st.sampled_from((4, 8))
S = st.sampled_from(("", "", ", S=2"))


def sources(draw: st.DrawFn, above: int) -> str:
    """Two layers above, by their places in the row, by numbers of their kinds or by names."""
    names = [
        *(f"-{n}" for n in range(1, above + 1)),
        *(f"conv{n}" for n in range(1, above // 2 + 1)),
        "x", "input", "add1", "add2",
    ]  # fmt: skip
    return ", ".join(draw(st.lists(st.sampled_from(names), min_size=2, max_size=3)))


@st.composite
def residual(draw: st.DrawFn) -> str:
    """A network of convolutions and joins, in lists, patterns, blocks and repeats."""
    body = f"CONV3-{draw(K)} -> RELU -> CONV(F=3, K=K{draw(S)}) -> ADD(from=[-1, input])"
    block = f"blocks:\n  b:\n    parameters: {{K: 4}}\n    layers: ['{body}']\n"
    lines = ["  - CONV3-4(name=x) -> RELU\n"]
    for above in range(2, 2 + draw(numbers(1, 5))):
        joined = sources(draw, above)
        lines.append(
            draw(
                st.sampled_from(
                    (
                        f"  - CONV(F=3, K={draw(K)}{draw(S)})\n",
                        f"  - {{conv: {{K: {draw(K)}, F: 3}}, from: -{draw(numbers(1, 3))}}}\n",
                        f"  - {{add: , from: [{joined}]}}\n",
                        f"  - add:\n    from: [{joined}] # these\n    name: s{above}\n",
                        f"  - mul:\n    from: [{joined}]\n",
                        f"  - CONV3-{draw(K)} -> ADD(from=[{joined}]) -> RELU\n",
                        f"  - '[CONV3-{draw(K)} -> ADD(from=[{joined}])]*2'\n",
                        f"  - [CONV3-4, {{add: , from: [{joined}]}}]\n",
                        f"  - b(K={draw(K)})\n",
                        "  - b\n",
                    )
                )
            )
        )
    return f"fit: crop\n{block}architecture:\n  - input: 16x16x3\n{''.join(lines)}  - fc: 3\n"


def check_promises(text: str) -> int:
    """Of every fix of a join: its problem is gone, no other one is new, all else stays."""
    found = problems(text)
    before = [problem for problem in found if problem.fixes]
    tried = 0
    for problem in before:
        for fix in problem.fixes:
            if fix.edit is None:
                continue
            fixed = apply_edit(text, fix.edit)
            left = problems(fixed)
            assert len(left) < len(found), (str(fix), text, fixed)
            if fix.change.startswith("CONV1"):
                assert check_meaning(text, fixed) >= 1
                tried += 1
    return tried


@settings(max_examples=40, report_multiple_bugs=False, phases=[Phase.explicit, Phase.generate])
@given(residual())
def test_every_fix_of_a_network_with_joins_works(text):
    check_promises(text)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, report_multiple_bugs=False)
@given(residual())
def test_every_fix_of_any_network_with_joins_works(text):
    check_promises(text)


@pytest.mark.parametrize("layer", ["SHUFFLE(groups=3)", "GROUPNORM(groups=3)"])
def test_groups_that_are_numbers_behind_filters_for_each_channel(layer):
    text = "architecture: INPUT(8x8x8) -> CONV(K=8, groups=depthwise) -> {} -> FC-3\n"
    found = fixes(text.format(layer))
    assert "groups: 2 -> 8x8x8" in found
    assert not any("depthwise" in fix for fix in found)


def test_no_new_layer_has_a_number_that_a_wrong_reference_asks_for():
    text = RESIDUAL.replace("FC-10", "CONV3(from=conv5) -> FC-10")
    graph = build(load_text(text, FILE), None, None)
    changes = [fix.change for problem in graph.problems for fix in problem.fixes]
    assert not any("CONV1" in change for change in changes)
