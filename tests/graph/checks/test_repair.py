"""The promise of the doctor: every fix that it lists works, applied to the text of the file."""

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.problems import Problem

FILE = Path("net.yaml")


def problems(text: str) -> list[Problem]:
    graph = build(load_text(text, FILE), None, None)
    return [problem for problem in graph.problems if problem.severity == "error"]


def wrong(text: str, found: list[Problem]) -> list[int]:
    """Which texts are wrong, counted in the order of the file; a repeated layer has one text."""
    layers = load_text(text, FILE).layers
    texts = list(dict.fromkeys(layer.place for layer in layers))
    place = {layer.name: layer.place for layer in layers}
    return [texts.index(place[str(problem.layer)]) for problem in found]


def check_promises(text: str) -> int:
    """Every fix alone, and with the first fix of each other problem; how many there were."""
    found = problems(text)
    numbers = wrong(text, found)
    unfixable = {n for n, problem in zip(numbers, found, strict=True) if not problem.fixes}
    tried = 0
    for number, problem in zip(numbers, found, strict=True):
        for fix in problem.fixes:
            if fix.edit is None:  # an anchored mapping is not the text of one layer alone
                assert "&" in text
                continue
            alone = apply_edit(text, fix.edit)
            left = wrong(alone, problems(alone))
            assert set(left) <= set(numbers) - {number}, (fix, text)
            together = apply_edit(text, fix.edit)
            for other in found:
                if other is not problem and other.fixes and other.fixes[0].edit:
                    together = apply_edit(together, other.fixes[0].edit)
            left = wrong(together, problems(together))
            assert set(left) <= unfixable, (fix, text)
            tried += 1
    return tried


def test_too_much_padding_hides_no_problem_below():
    text = "architecture: INPUT(8x8x6) - POOL1(S=2, P=1) - CONV3-6(groups=4) - FC-3"
    pool, conv = problems(text)
    assert pool.message.startswith("P=1 must be smaller than F=1")
    assert conv.message.startswith("groups=4 must divide the depth")
    assert pool.fixes
    assert conv.fixes
    check_promises(text)


ALEXNET_224 = """\
architecture:
  - input: 224x224x3
  - conv: {K: 96, F: 11, S: 4, P: 0}
  - relu
  - pool: {F: 3, S: 2}
  - conv5: {K: 256, P: 2}
  - pool: {F: 3, S: 2}
  - pool: {F: 3, S: 2}
  - fc: 1000
"""

FIVE = """\
architecture:
  - input: 63x63x3            # the picture
  - conv: {K: 8, F: 4, S: 3, P: 0}
  - pool
  - conv:
      K: 16
      F: 3
      S: 2  # half
  - {conv: 8, name: even}
  - CONV4-16 -> POOL5(S=2)
  - CONV3-16(S=4, P=0) -> RELU
  - fc: 10
"""

BLOCKS = """\
blocks:
  down:
    parameters: {K: 8}
    layers: ["CONV3(K=K, S=2, P=0)", relu]
architecture:
  - INPUT(40x40x1)
  - down
  - {down: 16, repeat: 2}
  - fc: 10
"""

PATTERN = "architecture: INPUT(30x28x3) -> [CONV3-8(S=2) -> RELU]*3 -> POOL(3, S=2) -> FC-10\n"
EVEN = "architecture: INPUT(8x8x1) - CONV4-3 - POOL3 - FC\n"
ALIASES = """\
architecture:
  - input: 10x10x1
  - conv: &c {F: 3, S: 2, P: 0}
  - conv: {<<: *c, K: 3}
  - conv: *c
  - fc: 2
"""
JOINED = """\
architecture:
  - INPUT(9x9x1) -> CONV3-4(name=a)
  - CONV3-4(S=2, P=0) -> UPSAMPLE(name=b)
  - CONCAT(from=[a, b])
  - fc: 2
"""


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (ALEXNET_224, 1),
        (FIVE, 4),
        (BLOCKS, 1),
        (PATTERN, 1),
        (EVEN, 1),
        (ALIASES, 2),
    ],
    ids=["alexnet", "five", "blocks", "pattern", "even", "aliases"],
)
def test_every_fix_works_alone_and_with_the_others(text, number):
    assert len(problems(text)) == number
    assert check_promises(text) >= 1


def test_alexnet_with_224():
    (problem,) = problems(ALEXNET_224)
    assert problem.full_text() == (
        "net.yaml:3:29: architecture[1].conv 'conv1': F=11, S=4, P=0 do not fit width 224 and "
        "height 224:\n"
        "  |   - conv: {K: 96, F: 11, S: 4, P: 0}\n"
        "  |                             ^\n"
        "  (224 - 11 + 2*0)/4 + 1 = 54.25 is not a whole number.\n"
        "  These fit:\n"
        "  [1] P: {left: 1, right: 2, top: 1, bottom: 2} -> 55x55x96\n"
        "  [2] fit: pad -> 55x55x96 (adds 3 rows and 3 columns)\n"
        "  [3] INPUT: 227x227x3 -> 55x55x96\n"
        "  [4] F: 8 -> 55x55x96"
    )


def test_the_size_of_the_data_set_s_images_is_no_fix():
    text = ALEXNET_224.replace("224x224x3", "32x32x3")
    graph = build(load_text("data: cifar10\n" + text, FILE), None, None)
    assert any("INPUT" in str(fix) for problem in graph.problems for fix in problem.fixes)
    graph = build(load_text("data: cifar10\n" + text, FILE), Volume(32, 32, 3), 1000)
    assert graph.problems
    assert not any("INPUT" in str(fix) for problem in graph.problems for fix in problem.fixes)


def test_the_number_of_scores():
    spec = load_text("data: cifar10\narchitecture: INPUT -> CONV(F=4) -> FC-7\n", FILE)
    even, scores = (p for p in build(spec, Volume(32, 32, 3), 10).problems)
    assert [str(fix) for fix in even.fixes][:2] == ["P: same -> 32x32x12", "P: 0 -> 29x29x12"]
    (fix,) = scores.fixes
    assert str(fix) == "K: 10 -> 1x1x10"
    text = "data: cifar10\narchitecture: INPUT -> CONV(F=4) -> FC-7\n"
    assert "FC-10" in apply_edit(text, fix.edit)


def test_a_transposed_convolution_that_is_too_small():
    (problem,) = problems("architecture: INPUT(8x8x3) -> CONVT(P=9) -> FC-3\n")
    assert [str(fix) for fix in problem.fixes] == [
        "P: 7 -> 2x2x12",
        "INPUT: 10x10x3 -> 2x2x12",
        "F: 5 -> 1x1x12",
    ]


def test_what_an_override_set_is_no_edit_of_the_file():
    spec = load_text(ALEXNET_224, FILE, ["architecture.1.conv.P=1"])
    (problem,) = build(spec, None, None).problems
    edits = {fix.change.split(":")[0]: fix.edit for fix in problem.fixes}
    assert edits["P"] is None
    assert edits["fit"] is not None


def test_many_problems_end_in_time():
    layers = "".join(f"  - conv: {{F: {3 + i % 3}, S: 2, P: 0}}\n" for i in range(6))
    text = f"architecture:\n  - input: 1024x1024x1\n{layers}" + "  - conv: {F: 3}\n" * 1500
    assert len(problems(text)) >= 1


numbers = st.integers
layer = st.one_of(
    st.builds(
        "  - conv: {{F: {}, S: {}, P: {}}}\n".format, numbers(1, 5), numbers(1, 3), numbers(0, 2)
    ),
    st.builds("  - CONV{}-4(S={})\n".format, numbers(1, 5), numbers(1, 3)),
    st.builds("  - pool: {{F: {}, S: {}}}\n".format, numbers(1, 4), numbers(1, 3)),
    st.builds("  - conv{}:\n      S: {}\n      P: 0 # none\n".format, numbers(1, 5), numbers(1, 3)),
    st.builds('  - "[CONV{}(P=0) -> RELU]*2"\n'.format, numbers(2, 4)),
    st.just("  - pool\n"),
    st.just("  - relu:\n"),
)


@pytest.mark.slow
@settings(
    max_examples=300,
    report_multiple_bugs=False,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(numbers(4, 40), numbers(4, 40), st.lists(layer, min_size=1, max_size=5))
def test_every_fix_of_any_network_works(W, H, layers):
    check_promises(f"architecture:\n  - input: {W}x{H}x2\n{''.join(layers)}  - fc: 3\n")


@settings(max_examples=8, report_multiple_bugs=False, phases=[Phase.explicit, Phase.generate])
@given(numbers(8, 30), numbers(8, 30), st.lists(layer, min_size=1, max_size=3))
def test_every_fix_of_a_small_network_works(W, H, layers):
    check_promises(f"architecture:\n  - input: {W}x{H}x2\n{''.join(layers)}  - fc: 3\n")
