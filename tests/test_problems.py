"""Problems as a person reads them."""

import pytest

from cnncli.problems import ConfigError, Fix, Place, Problem, number_fixes, show_problems


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
    assert show_problems(problems).splitlines() == [
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


def test_of_too_many_problems_the_errors_are_told():
    warnings = [Problem(Place("f.yaml", line), "", "odd", "warning") for line in range(1_500)]
    error = Problem(Place("f.yaml", 2_000), "", "wrong")
    told = [problem for problem, _ in number_fixes([*warnings, error])]
    assert len(told) == 1_001
    assert told[0] == error
    assert told[-1].message == "more than 1,000 problems; these are the first"
    assert str(ConfigError([*warnings, error])).count("odd") == 999


def test_long_lines_of_a_message_are_cut():
    problem = Problem(Place("f.yaml", 1), "p" * 2_000, f"{'m' * 2_000}\nshort\n{'n' * 2_000}")
    ((told, _),) = number_fixes([problem])
    assert told.path == "p" * 1_000 + " ..."
    assert told.message == f"{'m' * 1_000} ...\nshort\n{'n' * 1_000} ..."
