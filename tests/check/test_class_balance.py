"""Classes with many images and classes with few: names, and what is said of their counts."""

from pathlib import Path

import pytest

from cnncli.check.check import check_text
from cnncli.check.class_balance import uneven_classes
from cnncli.config.load import load_text

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


def test_both_remedies():
    data = "data: {name: digits, sampler: balanced}\n"
    assert problems("{}", data) == []
    assert problems("{class_weights: balanced}", data) == [
        "f.yaml:3:24: train.class_weights: data.sampler: balanced shows all classes alike already; "
        "with weights too, rare ones count for more than the others.\n"
        "  Leave one of the two out."
    ]


@pytest.mark.parametrize(
    ("settings", "counts", "is_told"),
    [
        ("{}", [380, 20], True),
        ("{}", [10, 100], True),
        ("{}", [10, 99], False),
        ("{}", [50, 0, 50], False),  # a class without any is told elsewhere
        ("{}", [50, 0, 5], True),
        ("{train: {class_weights: balanced}}", [380, 20], False),
        ("{train: {loss: focal}}", [380, 20], False),
        ("{train: {loss: svm}}", [380, 20], True),
        ("{data: {name: npz, sampler: balanced}}", [380, 20], False),
    ],
)
def test_uneven_classes(settings, counts, is_told):
    labels = [k for k, count in enumerate(counts) for _ in range(count)]
    spec = load_text(settings, FILE)
    assert (uneven_classes(spec, ["cat", "ship", "dog"], labels) is not None) == is_told


def test_what_is_said_of_uneven_classes():
    spec = load_text("{}", FILE)
    labels = [0] * 20 + [1] * 1380 + [2] * 500
    assert uneven_classes(spec, ["ship", "cat", "dog\n"], labels) == (
        "1,380 training images are of cat, and 20 of ship: classes with few images are easily not "
        "learned; data.sampler: balanced or train.class_weights: balanced makes all count alike"
    )
