"""Problems as a person reads them."""

import pytest

from cnncli.errors import Fix, Place, Problem, shown


@pytest.mark.parametrize(
    ("text", "column", "excerpt"),
    [
        ("a: 1", 4, "a: 1\n   ^"),
        ("\ta:  ", 2, "\ta:\n\t^"),
        ("a:", 3, "a:\n  ^"),
        ("", 1, ""),
        ("   ", 2, ""),
        ("x" * 300, 1, "x" * 100 + "\n^"),
        ("x" * 150 + "y" + "x" * 149, 151, "x" * 50 + "y" + "x" * 49 + "\n" + " " * 50 + "^"),
        ("x" * 299 + "y", 300, "x" * 99 + "y\n" + " " * 99 + "^"),
    ],
)
def test_the_line_and_a_caret(text, column, excerpt):
    assert Place("f.yaml", 1, column, text).excerpt == excerpt


def test_fixes_are_numbered_throughout():
    place = Place("f.yaml", 2, 3, "- x: 1")
    two = (Fix("P: 2", "3x3x1"), Fix("fit: crop", "2x2x1", "drops 1 row"))
    problems = [
        Problem(place, "a", "one.\nmore.", fixes=two),
        Problem(Place("--set b=1"), "", "two.", "warning"),
        Problem(place, "c", "three.", fixes=two[:1]),
    ]
    assert shown(problems).splitlines() == [
        "f.yaml:2:3: a: one.",
        "  | - x: 1",
        "  |   ^",
        "  more.",
        "  These fit:",
        "  [1] P: 2 -> 3x3x1",
        "  [2] fit: crop -> 2x2x1 (drops 1 row)",
        "warning: --set b=1: two.",
        "f.yaml:2:3: c: three.",
        "  | - x: 1",
        "  |   ^",
        "  This fits:",
        "  [3] P: 2 -> 3x3x1",
    ]
    assert problems[0].advice() == (
        "a: one.\nmore.\nThese fit:\n[1] P: 2 -> 3x3x1\n[2] fit: crop -> 2x2x1 (drops 1 row)"
    )
