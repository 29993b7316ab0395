"""Sizes whose numbers stand in another order: noticed, and mended by one fix."""

from pathlib import Path

import pytest

from cnncli.config.load import load_text
from cnncli.config.source_text.edit import apply_edit
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.problems import Problem

FILE = Path("net.yaml")
SQUARE = "CONV(K=32, F=3, P=0) -> RELU -> CONV(K=32, F=3, P=0) -> RELU -> POOL -> FC-10"


def network(size: str, layers: str = SQUARE) -> str:
    return f"architecture:\n  - input: {size}\n  - {layers}\n"


def problems(text: str, image: Volume | None = None) -> tuple[Problem, ...]:
    """Without the warning that filters do not see all of a map that is one pixel wide."""
    found = build(load_text(text, FILE), image, None).problems
    return tuple(each for each in found if "ever see a pixel" not in each.message)


def fixed(text: str) -> str:
    """The text with the first fix, of which nothing is left to say."""
    first = problems(text)[0].fixes[0]
    assert first.edit
    after = apply_edit(text, first.edit)
    assert problems(after) == ()
    return after


def test_depth_first_that_does_not_fit():
    text = network("1x28x28")
    (problem,) = problems(text)
    assert [str(fix) for fix in problem.fixes] == [
        "INPUT: 28x28x1 -> 26x26x32 (the depth was written first)"
    ]
    after = fixed(text)
    assert after == network("28x28x1")
    assert sum(n.parameters for n in build(load_text(after, FILE), None, None).nodes) == 55_658


@pytest.mark.parametrize("size", ["3x32x32", "1x28x28", "3x24x32", "4x64x64"])
def test_depth_first_that_fits_by_chance(size):
    text = network(size, "CONV3-32 -> RELU -> FC-10")
    W, H, D = size.split("x")
    (problem,) = problems(text)
    assert not problem.is_error
    assert problem.message == (
        f"INPUT is {W} wide, {H} high and {D} deep: sizes are WIDTHxHEIGHTxDEPTH.\n"
        f"Write {D}x{H}x{W} if the images are {D} wide and have {W} channel{'s' * (W > '1')}."
    )
    assert fixed(text) == network(f"{D}x{H}x{W}", "CONV3-32 -> RELU -> FC-10")


@pytest.mark.parametrize(
    ("size", "layers"),
    [
        ("1x100x8", "CONV3-32 -> FC-10"),  # a sequence
        ("1x50x50", "CONV(F=1x3, P=0) -> FC-10"),  # windows that know it
        ("3x3x64", "CONV3-32 -> FC-10"),
        ("32x32x3", "CONV3-32 -> FC-10"),
        ("2x32x32", "CONV3-32 -> FC-10"),
    ],
)
def test_what_is_meant_as_it_stands(size, layers):
    assert problems(network(size, layers)) == ()


def test_images_of_a_data_set_are_no_matter_of_doubt():
    text = "data: cifar10\n" + network("1x32x32", "CONV3-32 -> RELU -> FC-10")
    assert problems(text, Volume(1, 32, 32)) == ()


def test_height_first_in_a_window_or_the_images():
    text = network("300x56x1", "CONV(K=100, F=3x300, P=0) -> RELU -> POOL(F=global) -> FC-2")
    (problem,) = problems(text)
    assert [str(fix) for fix in problem.fixes] == [
        "F: 300x3 -> 1x54x100 (the height was written first)",
        "INPUT: 56x300x1 -> 54x1x100 (the height was written first)",
        "F: 3x56 -> 298x1x100",
        "P: 0x122 -> 298x1x100",
    ]
    after = fixed(text)
    assert "F=300x3" in after
    assert sum(node.cost.macs for node in build(load_text(after, FILE), None, None).nodes) > 4.8e6


def test_windows_on_maps_that_are_long_and_low():
    text = network("100x2x8", "CONV(K=8, F=3, P=0) -> FC-10")
    (problem,) = problems(text)
    assert [str(fix) for fix in problem.fixes[:3]] == [
        "F: 3x2 -> 98x1x8",
        "F: 2 -> 99x1x8",
        "P: {left: 0, right: 0, top: 0, bottom: 1} -> 98x1x8",
    ]
    for fix in problem.fixes:
        assert fix.edit
        assert problems(apply_edit(text, fix.edit)) == ()
