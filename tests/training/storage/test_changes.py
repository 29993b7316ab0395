"""How a resumed run says what it does otherwise, who has made each change, and at what rates."""

import os
import shutil
from math import cos, pi

import pytest

from cnncli.check.check import check
from cnncli.config.specification import Override
from cnncli.training import session
from cnncli.training.state import Progress
from cnncli.training.storage.changes import changes, new_rate
from tests.training.conftest import DIGITS


def earlier(text, file):
    return Override(text, file, "run.json")


@pytest.fixture
def diff(config, complete, monkeypatch):
    """diff(overrides..., file=(old, new)): the lines, after a change of the file."""

    def find(*overrides, file=("", "")):
        before = complete()
        config.write_text(config.read_text().replace(*file, 1))
        monkeypatch.setattr(session, "available_threads", lambda: 3)
        return changes(complete(*overrides), before, check(config, overrides).spec)

    return find


@pytest.mark.parametrize(
    ("overrides", "lines"),
    [
        ((), []),
        (("train.epochs=9", "name=other"), [
            "- name: small",
            "+ name: other      (this command)",
            "- train.epochs: 3",
            "+ train.epochs: 9  (this command)",
        ]),
        ((earlier("train.epochs=9", "3"), "name=other"), [
            "- name: small",
            "+ name: other      (this command)",
            "- train.epochs: 3",
            "+ train.epochs: 9  (an earlier command)",
        ]),
        (("train.optimizer.lr=0.1", "train.clip_norm=1"), [
            "+ train.clip_norm: 1.0     (this command)",
            "- train.optimizer.lr: 0.05",
            "+ train.optimizer.lr: 0.1  (this command)",
        ]),
        ((earlier("train.optimizer.lr=0.1", "0.05"), "train.optimizer.lr=0.2"), [
            "- train.optimizer.lr: 0.05",
            "+ train.optimizer.lr: 0.2  (this command)",
        ]),
        (("train.threads=null", "data.views=[flip]"), [
            "- data.views: []",
            "+ data.views: [flip]  (this command)",
            "- train.threads: 2",
            "+ train.threads: 3    (this command)",
        ]),
        ((earlier("train.schedule={name: step, every: 2}", None),), [
            "- train.schedule.end: 0.0     (an earlier command)",
            "+ train.schedule.every: 2.0   (an earlier command)",
            "+ train.schedule.factor: 0.1  (an earlier command)",
            "- train.schedule.name: cosine",
            "+ train.schedule.name: step   (an earlier command)",
        ]),
        (("train.early_stopping.patience=2", "train.early_stopping.metric=train_loss"), [
            "+ train.early_stopping.metric: train_loss  (this command)",
            "+ train.early_stopping.min_delta: 0.0      (this command)",
            "+ train.early_stopping.patience: 2         (this command)",
        ]),
        (("data.views=[flip, {shift: 1}, {shift: 2}, {shift: 3}, {shift: 4}]", "train.epochs=9"), [
            "- data.views: []",
            "+ data.views: [flip, {shift: 1}, {shift: 2}, {shift: 3}, {shift: 4}]  (this command)",
            "- train.epochs: 3",
            "+ train.epochs: 9                                             (this command)",
        ]),
    ],
)  # fmt: skip
def test_changes_are_shown_as_a_diff(diff, overrides, lines):
    assert diff(*overrides) == lines


@pytest.mark.parametrize(
    ("file", "overrides", "lines"),
    [
        (("epochs: 3", "epochs: 4"), (), ["- train.epochs: 3", "+ train.epochs: 4  (the file)"]),
        (("  epochs: 3\n", ""), (), ["- train.epochs: 3", "+ train.epochs: 10  (the file)"]),
        (("name: small\n", ""), ("train.epochs=3",), []),
        (("  threads: 2\n", ""), (), ["- train.threads: 2", "+ train.threads: 3  (this machine)"]),
        (("lr: 0.05", "lr: 0.1"), ("train.optimizer.momentum=0.5",), [
            "- train.optimizer.lr: 0.05",
            "+ train.optimizer.lr: 0.1        (the file)",
            "- train.optimizer.momentum: 0.9",
            "+ train.optimizer.momentum: 0.5  (this command)",
        ]),
        (("log_every: 3", "log_every: 4"), (earlier("train.log_every=5", "3"),), [
            "- train.log_every: 3",
            "+ train.log_every: 4  (the file)",
        ]),
        (("limit: 210", "limit: 210, views: [flip, flip]"), ("data.views.1={shift: 2}",), [
            "- data.views: []",
            "+ data.views: [flip, {shift: 2}]  (this command)",
        ]),
    ],
)  # fmt: skip
def test_those_of_the_file_and_the_machine(diff, file, overrides, lines):
    assert diff(*overrides, file=file) == lines


def test_a_root_that_is_named_nowhere_is_the_machines(diff, tmp_path, monkeypatch):
    folder = os.path.realpath(tmp_path)
    shutil.copytree(DIGITS / "digits", tmp_path / "digits")
    monkeypatch.setenv("CNN_DATA", folder)
    assert diff(file=(f"root: {DIGITS}, ", "")) == [
        f"- data.root: {os.path.realpath(DIGITS)}",
        f"+ data.root: {folder}  (this machine)",
    ]


def cosine(step, steps, lr=0.05):
    return f"{lr * (1 + cos(pi * step / (steps - 1))) / 2:.3g}"


@pytest.mark.parametrize(
    ("overrides", "step", "factors", "rates"),
    [
        ((), 7, (1, 1), None),
        (("train.epochs=9",), 7, (1, 1), (cosine(6, 21), cosine(7, 63))),
        (("train.epochs=9",), 7, (0.5, 0.5), (cosine(6, 21, 0.025), cosine(7, 63, 0.025))),
        (("train.epochs=9",), 21, (1, 1), ("0", cosine(21, 63))),
        (("train.epochs=2",), 7, (1, 1), (cosine(6, 21), cosine(7, 14))),
        (("train.epochs=9",), 0, (1, 1), None),
        (("train.epochs=1",), 7, (1, 1), None),
        (("train.optimizer.lr=0.1",), 7, (1, 1), (cosine(6, 21), cosine(7, 21, 0.1))),
        (("train.optimizer.lr=0.1",), 7, (0.5, 1), (cosine(6, 21, 0.025), cosine(7, 21, 0.1))),
        (("train.schedule=constant",), 7, (1, 1), (cosine(6, 21), "0.05")),
        (("train.clip_norm=1",), 7, (1, 1), None),
    ],
)
def test_the_learning_rate_from_here_on(open_session, complete, overrides, step, factors, rates):
    """Half a cosine over 21 steps before, from 0.05. factors: of rollbacks, before and now."""
    opened = open_session(*overrides)
    before, now = factors
    opened.progress = Progress(step=step, lr_factor=now)
    found = new_rate(opened, complete().train, before)
    assert found == (
        rates and f"learning rate: {rates[0]} at the last step, {rates[1]} from here on"
    )


@pytest.mark.parametrize(("epochs", "step"), [(3, 21), (3, 7), (1, 7), (1, 9)])
def test_a_constant_rate_is_not_stretched(open_session, complete, epochs, step):
    opened = open_session("train.schedule=constant", "train.epochs=9")
    opened.progress = Progress(step=step)
    before = complete("train.schedule=constant", f"train.epochs={epochs}").train
    assert new_rate(opened, before, 1.0) is None
