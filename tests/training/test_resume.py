"""What a resumed run may change, and how it is told what it may not."""

import pytest

from cnncli.errors import ConfigError
from cnncli.spec.load import load, load_text
from cnncli.training.preparation import checked_graph
from cnncli.training.resume import changes, check_unchanged
from cnncli.training.session import resolved


@pytest.fixture
def faults(config):
    """faults(overrides...) -> path and message of each, against the configuration as kept."""
    spec = load(config)
    graph = checked_graph(spec)
    old = load_text(resolved(spec, graph), config)

    def find(*overrides):
        changed = load(config, overrides)
        try:
            check_unchanged(changed, checked_graph(changed), old, checked_graph(old))
        except ConfigError as error:
            return {p.path: p.message for p in error.problems}
        return {}

    return find


def message(was, now):
    return (
        f"a run can not change this when it is resumed: it was {was}, and is {now}.\n"
        "Start a new run with another --out."
    )


def test_the_kept_configuration_is_the_same(faults):
    assert faults() == {}


def test_what_may_change(faults):
    assert not faults(
        "train.epochs=9", "train.optimizer.lr=1", "train.threads=1", "train.schedule=constant",
        "train.clip_norm=1", "train.log_every=1", "train.early_stopping.metric=train_loss",
        "name=other",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("override", "path", "was", "now"),
    [
        ("data.augment=[]", "data.augment", "[{flip: 0.5}, {crop: 1}]", "[]"),
        ("data.limit=null", "data.limit", "210", "nothing"),
        (
            "train.loss=svm", "train.loss",
            "{name: softmax, label_smoothing: 0.0}", "{name: svm, margin: 1.0}",
        ),
        ("train.optimizer=adam", "train.optimizer", "sgd with momentum", "adam"),
        ("train.batch_size=16", "train.batch_size", "32", "16"),
        (
            "architecture=INPUT-CONV3-7-BN-RELU-POOL-FC-16-RELU-DROPOUT(0.2)-FC", "architecture",
            "'conv1' from input1: CONV {K: 6, F: 3, S: 1, P: 1, dilation: 1, groups: 1, "
            "bias: true, fit: strict, init: he}",
            "'conv1' from input1: CONV {K: 7, F: 3, S: 1, P: 1, dilation: 1, groups: 1, "
            "bias: true, fit: strict, init: he}",
        ),
        (
            "architecture=INPUT-CONV3-6-BN-RELU-POOL-FC-16-RELU-DROPOUT(0.2)-FC-SOFTMAX",
            "architecture", "nothing", "'softmax1' from fc2: SOFTMAX {}",
        ),
        (
            "architecture=INPUT-CONV3-6-RELU-BN-POOL-FC-16-RELU-DROPOUT(0.2)-FC", "architecture",
            "'batchnorm1' from conv1: BATCHNORM {momentum: 0.1, eps: 1e-05, scale: true}",
            "'relu1' from conv1: RELU {}",
        ),
    ],
)  # fmt: skip
def test_what_may_not(faults, override, path, was, now):
    assert faults(override) == {path: message(was, now)}


def test_all_of_it_at_once(faults):
    assert set(faults("train.seed=6", "data.normalise=false", "architecture=INPUT-FC")) == {
        "architecture", "data.normalise", "train.seed",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("overrides", "lines"),
    [
        ((), []),
        (("train.epochs=9", "name=other"), [
            "- name: small", "+ name: other", "- train.epochs: 3", "+ train.epochs: 9",
        ]),
        (("train.optimizer.lr=0.1", "train.clip_norm=1"), [
            "+ train.clip_norm: 1.0", "- train.optimizer.lr: 0.05", "+ train.optimizer.lr: 0.1",
        ]),
        (("train.threads=null", "data.views=[flip]"), [
            "- data.views: []", "+ data.views: [flip]", "- train.threads: 2",
        ]),
        (("train.schedule={name: step, every: 2}",), [
            "- train.schedule.end: 0.0", "+ train.schedule.every: 2.0",
            "+ train.schedule.factor: 0.1",
            "- train.schedule.name: cosine", "+ train.schedule.name: step",
        ]),
    ],
)  # fmt: skip
def test_changes_are_shown_as_a_diff(config, overrides, lines):
    def complete(*overrides):
        spec = load(config, overrides)
        return load_text(resolved(spec, checked_graph(spec)), config)

    assert changes(complete(*overrides), complete()) == lines
