"""Changes are tried with the sizes and the conditions that they bring about."""

from pathlib import Path

import pytest

from cnncli.check.check import check_text
from cnncli.config.source_text.edit import apply_edit

FILE = Path("f.yaml")


def fixes(text):
    """Every fix as it is shown, each tried on the text first: the file is then without errors."""
    found = check_text(text, FILE)
    shown = []
    for problem in found.problems:
        for fix in problem.fixes:
            again = check_text(apply_edit(text, fix.edit), FILE)
            assert [str(each) for each in again.problems if each.is_error] == [], fix
            assert _names(found) <= _names(again), fix
            shown.append(fix.change)
    return shown


def _names(found):
    """The layers that are there; a fix may add one."""
    return {layer.name for layer in found.spec.layers}


def test_a_condition_is_never_turned():
    """3x3 places are left by a crop; padding and other strides would give others."""
    text = "architecture: INPUT(8x8x6) - CONV3-6(S=2, P=0) - {} - FC-3"
    free = fixes(text.format("RELU"))
    assert fixes(text.format("RELU(if=input.W == 3)")) == ["fit: crop", "INPUT: 7x7x6", "F: 4"]
    assert "F: 2" in free
    # what is left out must stay so
    kept = fixes(text.format("RELU - POOL(F=2, S=1, if=input.W > 3)"))
    assert kept == ["fit: crop", "INPUT: 7x7x6", "F: 4"]


def test_what_asks_for_a_size_follows_a_change():
    text = "architecture: INPUT(8x8x6) - CONV3-6(S=2, P=0) - CONV(K=2*input.W, groups={}) - FC-3"
    free, even = fixes(text.format(1)), fixes(text.format(2))
    assert free == even
    # filters in threes: 2*3, but not 2*4
    threes = fixes(text.format(3))
    assert "F: 2" in free
    assert "F: 2" not in threes
    assert {"fit: crop", "INPUT: 7x7x6", "F: 4", "S: 1"} <= set(threes)


def test_a_changed_hyperparameter_asks_no_longer():
    text = "architecture: INPUT(8x8x6) - CONV3(K=3*input.D/2, groups=depthwise) - FC-3"
    found = fixes(text)
    assert found
    assert [change for change in found if int(change.removeprefix("K: ")) % 6] == []


@pytest.mark.parametrize("value", ["input.D/4", "input.D-6"])
def test_no_fix_begins_at_a_value_that_there_is_not(value):
    text = f"architecture: INPUT(8x8x6) - CONV3(K={value}) - FC-3"
    assert [change for change in fixes(text) if change.startswith("K")] == []


def test_a_last_layer_of_scores_may_turn_a_condition():
    """Which FC is the last, and has as many outputs as classes, is not known above."""
    found = check_text(
        "data: digits\ndefaults: {fc: {K: 5}}\n"
        "architecture: INPUT - FC - DROPOUT(0.5, if=input.D == 5)\n",
        FILE,
    )
    assert [str(problem) for problem in found.problems] == [
        "f.yaml:3:28: architecture: dropout1: `if: input.D == 5` turns out otherwise in the whole "
        "network: its last FC gives as many scores as there are classes.\n"
        "  Give that its K, or write the condition without a size."
    ]
    assert check_text(
        "data: digits\ndefaults: {fc: {K: 5}}\n"
        "architecture: INPUT - FC-10 - DROPOUT(0.5, if=input.D == 5)\n",
        FILE,
    ).valid


@pytest.mark.parametrize(
    ("condition", "stays"),
    [("K > 1", False), ("K < 6", True), ("input.D > 5 and K < 6", True), ("K != input.D", True)],
)
def test_a_constant_that_turns_a_condition_stays(condition, stays):
    """K=6 mends the sum, and would leave RELU out."""
    text = (
        "blocks:\n  b:\n    parameters: {K: 5}\n"
        f"    layers: CONV3(K=K) - RELU(if={condition})\n"
        "architecture: INPUT(8x8x6) - b - ADD(from=[-1, input1]) - FC-3\n"
    )
    assert any(change.startswith("K: 6 ") for change in fixes(text)) != stays


def test_a_constant_of_a_size_that_is_asked_is_no_fix():
    """`w` changes what is asked for in the block, which no trial follows."""
    text = (
        "variables: {w: 3}\n"
        "blocks: {b: {parameters: {K: }, layers: 'CONV3(K=K, groups=4)'}}\n"
        "architecture: INPUT(8x8x8) - b(K=w*input.D/4) - FC-3\n"
    )
    assert [change for change in fixes(text) if change.startswith("w")] == []
