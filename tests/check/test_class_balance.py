"""Classes with many images and classes with few: names, and what is said of their counts."""

from pathlib import Path

from cnncli.check.check import check_text

FILE = Path("f.yaml")
FIGURES = "".join(f"'{k}': 1, " for k in range(9))


def problems(train, data="data: digits\n"):
    text = f"{data}architecture: INPUT(8x8x1)-FC\ntrain: {train}\n"
    return [str(problem) for problem in check_text(text, FILE).problems]


def test_every_class_has_a_weight():
    assert problems(f"{{class_weights: {{{FIGURES} 9: 2.5}}}}") == []
    assert problems(f"{{class_weights: {{{FIGURES} nine: 2}}}}") == [
        "f.yaml:3:24: train.class_weights: has no weight for 9; give every class one, like 1",
        "f.yaml:3:104: train.class_weights: no class is called 'nine'; the classes are "
        "0, 1, 2, 3, 4, 5, 6, 7, 8 and 9",
    ]


def test_a_name_that_was_meant():
    data = "data: cifar10\n"
    text = f"{data}architecture: INPUT-FC\ntrain: {{class_weights: {{shipp: 2}}}}\n"
    assert [problem.message for problem in check_text(text, FILE).problems] == [
        "has no weight for airplane, automobile, bird, cat, deer, dog, frog, horse, ship and "
        "truck; give every class one, like 1",
        "no class is called 'shipp'; did you mean ship?",
    ]


def test_names_need_a_data_set():
    found = problems("{class_weights: {a: 1}}", data="")
    assert found[-1] == (
        "f.yaml:2:24: train.class_weights: names classes, but there is no data set that has them; "
        "add data: cifar10 or another, or write balanced"
    )
    assert not any("class_weights" in one for one in problems("{class_weights: balanced}", ""))
    (wrong,) = problems("{class_weights: {a: 1}}", data="data: digit\n")
    assert "class_weights" not in wrong
