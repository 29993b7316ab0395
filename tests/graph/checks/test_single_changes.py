"""Fixes that change one value, anywhere in the file, and mend everything; which comes first."""

from pathlib import Path

import pytest

from cnncli.check.check import check_text
from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.graph.build import build
from cnncli.graph.network import Graph
from cnncli.problems import Edit

FILE = Path("net.yaml")


def graph(text: str) -> Graph:
    return build(load_text(text, FILE), None, None)


def fixes(text: str) -> list[str]:
    """Those of the first error."""
    problem = next(problem for problem in graph(text).problems if problem.is_error)
    return [str(fix) for fix in problem.fixes]


def fixed(text: str) -> str:
    """The text as `--fix` leaves it."""
    while errors := [each for each in graph(text).problems if each.is_error and each.fixes]:
        edit = errors[0].fixes[0].edit
        assert edit
        text = apply_edit(text, edit)
    return text


STEM = """\
architecture:
  - input: 224x224x3
  - CONV7-64(S=2, P=3) -> BN -> RELU -> POOL3(S=2, P=1)
  - CONV3-128(S=2, P=1) -> BN -> RELU -> CONV3-256(S=2, P=1) -> CONV3-512(S=2, P=1)
  - POOL(F=global, mode=average) -> FC-1000
"""
RESNET = """\
# as a user writes it who does not know of `fit`
defaults: {conv: {bias: false}}
blocks:
  basic:
    parameters: [K]
    layers:
      - CONV3(K=K) -> BN -> RELU -> CONV3(K=K) -> BN(name=main)
      - ADD(from=[main, input]) -> RELU
  down:
    parameters: [K]
    layers:
      - CONV3(K=K, S=2, P=1) -> BN -> RELU -> CONV3(K=K) -> BN(name=main)
      - CONV1(K=K, S=2, P=0, from=input) -> BN(name=short)
      - ADD(from=[main, short]) -> RELU
architecture:
  - input: 224x224x3
  - CONV7-64(S=2, P=3) -> BN -> RELU -> POOL3(S=2, P=1)
  - basic(K=64)*2 -> down(K=128) -> basic(K=128) -> down(K=256) -> basic(K=256)
  - down(K=512) -> basic(K=512) -> POOL(F=7, S=1, mode=average) -> FC-1000
"""


def test_layers_that_do_not_fit_alike_are_mended_by_one_key():
    assert fixes(STEM)[:2] == [
        "fit: crop for the whole file -> 112x112x64 (5 layers do not fit alike)",
        "P: {left: 3, right: 4, top: 3, bottom: 4} -> 113x113x64",
    ]
    after = fixed(STEM)
    assert after == f"fit: crop\n{STEM}"
    sides = [node.out_shape.W for node in graph(after).nodes]
    assert list(dict.fromkeys(sides)) == [224, 112, 56, 28, 14, 7, 1]


def test_resnet_as_frameworks_mean_it():
    after = fixed(RESNET)
    assert after == RESNET.replace("defaults:", "fit: crop\ndefaults:")
    nodes = graph(after).nodes
    assert sum(node.parameters for node in nodes) == 11_689_512
    assert list(dict.fromkeys(node.out_shape.W for node in nodes)) == [224, 112, 56, 28, 14, 7, 1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "name: x\narchitecture: INPUT-FC\n",
            "name: x\nfit: crop\narchitecture: INPUT-FC\n",
        ),
        (
            "name: x\nfit: strict # not yet\narchitecture: INPUT-FC\n",
            "name: x\nfit: crop # not yet\narchitecture: INPUT-FC\n",
        ),
        (
            "{name: x, architecture: [input, fc]}\n",
            "{name: x, fit: crop, architecture: [input, fc]}\n",
        ),
    ],
)
def test_a_key_for_the_whole_file(before, after):
    assert apply_edit(before, Edit((), None, "fit", "crop")) == after


DEEP = """\
architecture:
  - input: 32x32x3
  - "[CONV3-32(P=0) -> RELU -> POOL(fit=crop)]*5 -> FC-10"
"""
SHALLOW = """\
architecture:
  - input: 24x24x1
  - "[CONV3-32(P=0) -> RELU -> POOL(fit=crop)]*3 -> CONV3-24(P=0) -> RELU -> FC-4"
"""


@pytest.mark.parametrize("text", [DEEP, SHALLOW])
def test_padding_comes_before_filters_that_see_no_neighbours(text):
    assert fixes(text)[0].startswith("P: 1 ->")


BLOCK = """\
fit: crop
variables: {width: 32}
blocks:
  unit:
    parameters: {D: , K: , S: 1, F: 3}
    layers:
      - CONV1(K=D) -> BN -> RELU -> CONV(K=D, F=F, S=S, groups=depthwise) -> BN -> RELU
      - CONV1(K=K) -> BN(name=main)
  res:
    parameters: [D, K]
    layers:
      - unit(D=D, K=K, name=main)
      - ADD(from=[main, input])
architecture:
  - INPUT(32x32x3) -> CONV3(K=width) -> BN -> RELU
  - res(D=96, K=32)*2 -> unit(D=96, K=64, S=2) -> res(D=192, K=64)*2
  - POOL(F=global, mode=average) -> FC-10
"""


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("width: 32", "width: 100", "width: 32 of 'conv1', line 2 -> 32x32x32"),
        ("res(D=192, K=64)*2", "res(D=192, K=32)*2", "K: 64 of 'res3.main.conv3', line 16"),
        ("S: 1, F: 3}", "S: 1, F: 100}", "F: 3, line 5 -> 32x32x96"),
    ],
)
def test_a_constant_is_changed_where_it_is_written(before, after, shown):
    text = BLOCK.replace(before, after)
    assert text != BLOCK
    problem = next(each for each in graph(text).problems if each.is_error)
    found = {str(fix): fix.edit for fix in problem.fixes}
    (edit,) = (edit for fix, edit in found.items() if fix.startswith(shown))
    assert edit
    assert apply_edit(text, edit) == BLOCK


def test_a_constant_in_an_expression_gets_what_gives_the_value():
    text = """\
blocks:
  bottle:
    parameters: [K]
    layers:
      - CONV1(K=K) -> RELU -> CONV3(K=K) -> RELU -> CONV1(K=4*K, name=main)
      - ADD(from=[main, input])
architecture: INPUT(32x32x3) -> CONV3-64 -> RELU -> bottle(K=24)*3 -> FC-10
"""
    assert fixes(text)[0].startswith("K: 16 of 'bottle1.main', line 7 -> 32x32x64")
    assert fixed(text) == text.replace("K=24", "K=16")


def test_an_input_keeps_its_share():
    text = "architecture: INPUT(300x300x3) -> CONV3-8 -> [POOL]*7 -> FC-10\n"
    sizes = [int(fix.split()[1].split("x")[0]) for fix in fixes(text) if fix.startswith("INPUT")]
    assert sizes
    assert all(side >= 150 for side in sizes)


def test_the_images_of_a_data_set_are_never_resized():
    text = "data: cifar10\narchitecture: INPUT -> CONV3-8(S=5, P=0) -> [POOL]*3 -> FC-10\n"
    problems = check_text(text, FILE).problems
    assert problems
    assert not any("INPUT" in fix.change for problem in problems for fix in problem.fixes)


def test_pools_that_do_not_fit_are_cropped_as_frameworks_do():
    """125 -> 62, 31 -> 15: none of them halves and rounds up, and no padding of one mends all."""
    layers = "CONV3-8 - POOL - CONV3-8 - POOL - CONV3-8 - POOL - CONV3-8 - POOL"
    text = f"architecture: INPUT(250x250x3) - {layers} - FC-10"
    (problem,) = check_text(text, Path("net.yaml")).problems
    first, *_ = problem.fixes
    assert str(first) == "fit: crop for the whole file -> 62x62x8 (2 layers do not fit alike)"
