"""Rows of trials."""

from cnncli.sweep.listing import column_names, rows
from cnncli.sweep.trial import Trial


def test_names_are_as_short_as_they_may_be():
    keys = ["train.optimizer.lr", "train.schedule.name", "train.optimizer.name", "name", "x.lrr"]
    assert column_names(keys) == ["lr", "schedule.name", "optimizer.name", "name", "lrr"]


def test_rows():
    trials = [Trial(0, {"a.b": 0.1, "c": [1, None]}), Trial(7, {"c": "x"})]
    assert rows(["a.b", "c"], trials) == [["0", "0.1", "[1, null]"], ["7", "-", "x"]]
