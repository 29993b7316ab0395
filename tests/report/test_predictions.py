"""The lines of predictions."""

import csv
import io
import json

import pytest

from cnncli.report.layout.words import width
from cnncli.report.predictions import (
    Answer,
    Origin,
    Row,
    answer_lines,
    bar_lines,
    csv_lines,
    json_document,
    json_lines,
    text_lines,
)

ROWS = [
    Row("a.png", [("cat", 0.75), ("dog, big", 0.125)]),
    Row('x"\n::error::y.png', [("dog, big", 0.5), ("cat", 0.4999996)]),
]
TWO = Origin("run/last.safetensors", "digits", None, 2)
ON_STAND_IN = Origin("run/last.safetensors", "patterns", "cifar10", 2)
SAYS = "trained on the stand-in 'patterns', not on cifar10"


def test_text():
    assert list(text_lines(ROWS, TWO)) == [
        "a.png: cat 0.7500, dog, big 0.1250",
        'x"?::error::y.png: dog, big 0.5000, cat 0.5000',
    ]


def test_bars():
    assert list(bar_lines(ROWS[:1], TWO, "#")) == [
        "a.png",
        "  cat       0.7500  ###############",
        "  dog, big  0.1250  ##",
    ]
    assert list(bar_lines([Row("a", [("x", 0.01)])], TWO, "#")) == ["a", "  x  0.0100"]


def test_csv():
    """Names are as they are, and quoted where they must be."""
    text = "\n".join(csv_lines(ROWS, TWO))
    assert list(csv.reader(io.StringIO(text))) == [
        ["file", "predicted", "probability", "predicted_2", "probability_2"],
        ["a.png", "cat", "0.750000", "dog, big", "0.125000"],
        ['x"\n::error::y.png', "dog, big", "0.500000", "cat", "0.500000"],
    ]


def test_answers_begin_with_the_worst_mistakes():
    answers = [
        Answer("0", "cat", "cat", 0.5, 0.7),
        Answer("1", "cat", "dog", 0.6, 0.9),
        Answer("2", "dog", "dog", 0.5, 1.5),
        Answer("3", "dog", "cat", 0.9, 2.5),
    ]
    assert list(answer_lines(answers, TWO)) == [
        "file,true,predicted,probability,loss",
        "3,dog,cat,0.900000,2.500000",
        "1,cat,dog,0.600000,0.900000",
        "2,dog,dog,0.500000,1.500000",
        "0,cat,cat,0.500000,0.700000",
    ]
    assert next(iter(csv_lines([], TWO._replace(top=1)))) == "file,predicted,probability"
    head, first, *_ = answer_lines(answers, ON_STAND_IN)
    assert (head, first) == (
        "file,true,predicted,probability,loss,stand_in_for",
        "3,dog,cat,0.900000,2.500000,cifar10",
    )


def test_json():
    found = json.loads("\n".join(json_document(ROWS, TWO)))
    assert found["checkpoint"] == "run/last.safetensors"
    assert (found["dataset"], found["stand_in_for"]) == ("digits", None)
    lines = [json.loads(line) for line in json_lines(ROWS, TWO)]
    assert found["predictions"] == lines
    assert lines[1]["file"] == 'x"\n::error::y.png'
    assert lines[0] == {
        "file": "a.png",
        "predicted": "cat",
        "probability": 0.75,
        "top": [{"class": "cat", "probability": 0.75}, {"class": "dog, big", "probability": 0.125}],
    }
    one = [Row("a.png", [("cat", 0.75)])]
    (line,) = json_lines(one, TWO._replace(top=1))
    assert json.loads(line) == {"file": "a.png", "predicted": "cat", "probability": 0.75}


@pytest.mark.parametrize("style", [text_lines, csv_lines, json_document, json_lines])
def test_no_images(style):
    text = "\n".join(style([], TWO))
    assert text in ("", "file,predicted,probability,predicted_2,probability_2") or (
        json.loads(text)["predictions"] == []
    )


def test_a_stand_in_is_named_in_every_format():
    assert next(text_lines(ROWS, ON_STAND_IN)) == next(bar_lines(ROWS, ON_STAND_IN, "#"))
    assert next(text_lines(ROWS, ON_STAND_IN)) == f"# {SAYS}"
    head, first, *_ = csv_lines(ROWS, ON_STAND_IN)
    assert head.endswith(",stand_in_for")
    assert first.endswith(",cifar10")
    assert all(
        json.loads(line)["stand_in_for"] == "cifar10" for line in json_lines(ROWS, ON_STAND_IN)
    )
    document = json.loads("\n".join(json_document(ROWS, ON_STAND_IN)))
    assert document["stand_in_for"] == "cifar10"
    assert ON_STAND_IN.warning == SAYS
    assert TWO.warning is None


def test_a_long_class_leaves_room_for_its_bar():
    rows = [Row("a", [("x" * 100, 1.0), ("層" * 50, 0.5)])]
    _, *lines = bar_lines(rows, TWO, "#", 80)
    assert [width(line) for line in lines] == [80, 70]
    assert lines[0].endswith(f"  1.0000  {'#' * 20}")
