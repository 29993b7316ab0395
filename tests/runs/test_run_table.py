"""Runs as a table, as CSV and as JSON."""

import csv
import json

import pytest

from cnncli.runs.collection import Collection
from cnncli.runs.run_table import (
    as_text,
    csv_lines,
    differing,
    in_order,
    json_lines,
    known_keys,
    usual_columns,
)
from tests.runs.made import CONFIG, epoch, finished, made_run


def with_(**texts):
    """The configuration with other values: lr=0.1, seed=2."""
    text = CONFIG
    for key, value in texts.items():
        before = {"lr": "lr: 0.05", "seed": "seed: 1"}[key]
        assert before in text
        text = text.replace(before, f"{key}: {value}")
    return text


ADAM = CONFIG.replace("{name: sgd, lr: 0.05, momentum: 0.9}", "{name: adam, lr: 0.05, beta1: 0.9}")


def table_of(folder):
    rows = Collection.below(folder).rows
    return as_text(rows, usual_columns(rows), known_keys(rows))


def test_what_differs_stands_between_name_and_results(tmp_path):
    finished(tmp_path / "net-1")
    finished(tmp_path / "net-2", 0.5, config=with_(lr=0.1, seed=2))
    made_run(tmp_path / "net-3", epoch(1), config=with_(lr=0.1))
    made_run(tmp_path / "net-4", config=with_(seed=1e-3))
    assert table_of(tmp_path).split("\n") == [
        "                                  best        last",
        "name    seed    lr  epochs  validation  validation    test   time  state",
        "-----  -----  ----  ------  ----------  ----------  ------  -----  -----------",
        "net-1      1  0.05     4/4      0.6250      0.2500  0.7500  6.0 s  finished",
        "net-2      2   0.1     4/4      0.6250      0.2500  0.5000  6.0 s  finished",
        "net-3      1   0.1     1/4      0.5000      0.5000       -  1.5 s  interrupted",
        "net-4  0.001  0.05     0/4           -           -       -      -  interrupted",
    ]


def test_one_run_differs_from_none(tmp_path):
    finished(tmp_path / "net-1")
    assert differing(Collection.below(tmp_path).rows) == []


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([CONFIG, CONFIG], []),
        ([CONFIG, with_(lr=0.1)], ["train.optimizer.lr"]),
        ([with_(seed=1), with_(seed=1.0), with_(seed="true")], ["train.seed"]),
        ([with_(seed=1), with_(seed="true")], ["train.seed"]),
        ([CONFIG, CONFIG.replace("name: net", "name: other")], []),
        ([CONFIG, CONFIG.replace("K: 10", "K: 9")], ["architecture"]),
        # what an optimizer of another kind lacks follows from its name
        ([CONFIG, ADAM], ["train.optimizer.name"]),
        ([CONFIG, ADAM, ADAM.replace("beta1: 0.9", "beta1: 0.8")],
         ["train.optimizer.name", "train.optimizer.beta1"]),
        ([CONFIG, f"{CONFIG}  clip_norm: 1.0\n"], ["train.clip_norm"]),
        ([CONFIG, f"{CONFIG}  average: {{name: ema, decay: 0.9}}\n"], ["train.average.name"]),
        ([CONFIG, None], []),
    ],
)  # fmt: skip
def test_what_differs(tmp_path, texts, expected):
    for number, text in enumerate(texts):
        made_run(tmp_path / f"net-{number}", config=text)
    assert differing(Collection.below(tmp_path).rows) == expected


def test_headings_tell_keys_apart(tmp_path):
    """And a name that is a column's is not one's heading."""
    more = "  groups: []\n  early_stopping: {start: 1, name: x, seed: 3}\n"
    other = more.replace("start: 1, name: x, seed: 3", "start: 2, name: y, seed: 4")
    made_run(tmp_path / "a", config=CONFIG + more)
    made_run(tmp_path / "b", config=with_(seed=2) + other)
    assert table_of(tmp_path).split("\n")[0].split() == [
        "name", "train.seed", "start", "early_stopping.name", "early_stopping.seed", "state"
    ]  # fmt: skip


def test_order(tmp_path):
    """What is missing is last, forwards and backwards; equals stay in their order."""
    rows = [{"n": n, "x": x} for n, x in enumerate([0.5, None, 2, "b", 0.5, "a", True])]

    def order(descending):
        return [row["n"] for row in in_order(rows, "x", descending=descending)]

    assert order(descending=False) == [0, 4, 6, 2, 5, 3, 1]
    assert order(descending=True) == [3, 5, 2, 6, 0, 4, 1]
    assert [row["n"] for row in in_order(rows, "y", descending=True)] == [*range(7)]


ODD = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "a,b", 'a"b', "a\nb", "plain", "'=x"]


def test_csv():
    """Numbers in full; a text that a spreadsheet would take for a formula is none any more."""
    rows = [{"name": name, "x": -0.5, "y": 1e-300, "z": True} for name in ODD] + [{"name": "last"}]
    read = list(csv.reader(line + "\n" for line in csv_lines(rows, ["name", "x", "y", "z"])))
    assert read[0] == ["name", "x", "y", "z"]
    assert [line[0] for line in read[1:-1]] == [f"'{n}" if n[0] in "=+-@\t\r" else n for n in ODD]
    assert {tuple(line[1:]) for line in read[1:-1]} == {("-0.5", "1e-300", "true")}
    assert read[-1] == ["last", "", "", ""]


def test_json():
    """A run on a line; what is missing is null, and names are true."""
    rows = [{"name": name, "x": 0.1} for name in ODD] + [{"name": "last"}]
    lines = list(json_lines(rows, ["name", "x"]))
    assert len(lines) == len(rows) + 2
    assert json.loads("\n".join(lines)) == [
        {"name": row["name"], "x": row.get("x")} for row in rows
    ]
    assert json.loads("\n".join(json_lines([], ["name"]))) == []
