"""Problems of values: their places, and the messages with what is accepted instead."""

from dataclasses import fields

import pytest

from cnncli.config.data import DataSpec
from cnncli.datasets.sets import data_sets
from cnncli.optim.base import Optimizer
from cnncli.optim.schedules import Schedule
from cnncli.schema.kinds import kinds
from cnncli.schema.short_forms import ShortForm
from cnncli.text import join_words
from cnncli.transforms.augmentations import Augmentation

NET = "architecture: INPUT-FC\n"

# A '^' marks the place that a problem must point at; it is taken out of the text.


@pytest.mark.parametrize(
    ("train", "problem"),
    [
        ("epochs: ^0", "train.epochs: epochs must be at least 1, not 0"),
        ("epochs: ^1.5", "train.epochs: epochs must be a whole number of at least 1, not 1.5"),
        ("epochs: ^true", "train.epochs: epochs must be a whole number of at least 1, not true"),
        ("epochs:^ ", "train.epochs: epochs must be a whole number of at least 1, not empty"),
        ("seed: ^x", "train.seed: seed must be a whole number from 0 to 2**63 - 1, not 'x'"),
        (
            "optimizer: {name: sgd, lr: ^fast}",
            "train.optimizer.lr: lr must be a number greater than 0, not 'fast'",
        ),
        (
            "optimizer: {name: sgd, lr: ^.inf}",
            "train.optimizer.lr: lr must be a finite number, not inf",
        ),
        (
            "optimizer: {name: sgd, momentum: ^1}",
            "train.optimizer.momentum: momentum must be at least 0 and less than 1, not 1",
        ),
        (
            "optimizer: {name: sgd, ^learning_rate: 1}",
            "train.optimizer.learning_rate: unknown key 'learning_rate'; did you mean lr?",
        ),
        (
            "optimizer: {name: sgd, ^sgd: 1}",
            "train.optimizer.sgd: unknown key 'sgd'; the keys here are name, lr, momentum, "
            "nesterov and weight_decay",
        ),
        (
            "optimizer: {name: sgd, ^wd: 1}",
            "train.optimizer.wd: unknown key 'wd'; did you mean weight_decay?",
        ),
        ("optimizer: ^adm", "train.optimizer.name: unknown optimizer 'adm'; did you mean adam?"),
        (
            "optimizer: ^3",
            f"train.optimizer: optimizer must be {join_words(kinds(Optimizer), 'or')}, not 3",
        ),
        (
            "schedule: {name: ^3}",
            f"train.schedule.name: unknown schedule 3; there are {join_words(kinds(Schedule))}",
        ),
        (
            "schedule: ^multistep",
            "train.schedule: at is missing; it must be a list, each element a number "
            "greater than 0",
        ),
        (
            "schedule: {name: multistep, at: [1, ^0]}",
            "train.schedule.at[1]: at[1] must be greater than 0, not 0",
        ),
        (
            "schedule: {name: multistep, at: ^[]}",
            "train.schedule.at: at must have at least 1 element",
        ),
        (
            "average: ^{decay: 0.5}",
            "train.average: name is missing; it must be ema or lookahead",
        ),
        ("^lr: 3", "train.lr: unknown key 'lr'; it belongs in train.optimizer"),
        (
            "early_stopping: {mode: ^mx}",
            "train.early_stopping.mode: mode must be min or max, not 'mx'; did you mean max?",
        ),
        (
            "init: ^normal(0)",
            "train.init: init must be he, xavier or normal(std) with a positive std, like "
            "normal(0.01), not 'normal(0)'",
        ),
        (
            "loss: {name: svm, ^label_smoothing: 0.1}",
            "train.loss.label_smoothing: unknown key 'label_smoothing'; the keys here are "
            "name and margin",
        ),
    ],
)
def test_problems_of_training(read, problems, train, problem):
    text = f"{NET}train:\n  {train.replace('^', '')}\n"
    assert problems(text) == [f"f.yaml:3:{train.index('^') + 3}: {problem}"]
    key = train.lstrip("^").split(":")[0]
    sound = read(NET).train
    assert getattr(read(text).train, key, None) == getattr(sound, key, None)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (
            "^cifr10",
            f"data.name: name must be {join_words(data_sets(), 'or')}, not 'cifr10'; "
            "did you mean cifar10?",
        ),
        (
            "^{root: x}",
            f"data: name is missing; it must be {join_words(data_sets(), 'or')}",
        ),
        (
            "^[cifar10]",
            "data: data must be a mapping with the keys "
            f"{join_words(field.name for field in fields(DataSpec))}, not ['cifar10']",
        ),
        (
            "{name: npz, augment: [flip, ^{flip: 2}]}",
            "data.augment[1]: augment[1] is {'flip': 2}: p must be at least 0 and at most 1, not 2",
        ),
        (
            "{name: npz, augment: [^flp]}",
            "data.augment[0]: augment[0] is 'flp': unknown augmentation 'flp'; there are "
            f"{join_words(kinds(Augmentation))}",
        ),
        (
            "{name: npz, augment: [^{random_erasing: {least: 0.5}}]}",
            "data.augment[0]: augment[0] is {'random_erasing': {'least': 0.5}}: "
            "random_erasing is {'least': 0.5}: least 0.5 is above most 0.33; exchange them",
        ),
        (
            "{name: npz, augment: ^flip}",
            "data.augment: augment must be a list, each element "
            f"{ShortForm(Augmentation, 'augmentation').title}, not 'flip'",
        ),
        (
            "{name: npz, validation: ^1.5}",
            "data.validation: validation must be a whole number of images, or a share below"
            " 1, not 1.5",
        ),
        ("{name: npz, root: ^3}", "data.root: root must be a path, not 3"),
    ],
)
def test_problems_of_data(problems, data, problem):
    text = f"data: {data.replace('^', '')}\n{NET}"
    assert problems(text) == [f"f.yaml:1:{data.index('^') + 7}: {problem}"]


def test_switches_may_be_written_as_yes_and_no(read):
    spec = read(f"{NET}train: {{optimizer: {{name: sgd, nesterov: yes}}}}\n")
    spec.check()
    assert spec.train.optimizer.nesterov is True
    spec = read(f"data: {{name: npz, normalise: off}}\n{NET}")
    assert spec.data.normalise is False


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("5M", 5_000_000),
        ("1.5G", 1_500_000_000),
        ("7B", 7_000_000_000),
        ("300k", 300_000),
        ("0.3 K", 300),
        ("2T", 2 * 10**12),
        ("1.1M", 1_100_000),  # exact: 1.1 as a float times a million is more
        ("1e6", 1_000_000),
        ("12", 12),
    ],
)
@pytest.mark.parametrize("key", ["parameters", "macs", "training_macs"])
def test_counts_have_units(read, key, given, number):
    assert getattr(read(f"{NET}limits: {{{key}: {given}}}\n").limits, key) == number


@pytest.mark.parametrize(
    ("given", "shown"),
    [(text, f"'{text}'") for text in ("5Q", "5MB", "1.2345k", "0.0001k", "M", "-5M")]
    + [("'5'", "'5'"), ("1.5", "1.5")],
)
def test_counts_are_whole(problems, given, shown):
    assert problems(f"{NET}limits: {{macs: {given}}}\n") == [
        "f.yaml:2:16: limits.macs: macs must be a whole number of at least 1, or one with a unit, "
        f"like 5M, not {shown}"
    ]


def test_sizes_in_bytes_are_exact(read):
    """1.15 times a milliard is one less as a float."""
    assert read(f"{NET}limits: {{activations: 1.15 GB}}\n").limits.activations == 1_150_000_000
