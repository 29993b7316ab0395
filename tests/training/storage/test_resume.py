"""What a resumed run may change, and how it is told what it may not."""

import pytest

from cnncli.check.check import check, check_text
from cnncli.problems import ConfigError
from cnncli.training.session import complete_configuration
from cnncli.training.state import Best, Progress, Watch
from cnncli.training.storage.resume import adapt, check_unchanged


@pytest.fixture
def faults(config):
    """faults(overrides...) -> path and message of each, against the configuration as kept."""
    old = check_text(complete_configuration(*check(config).network()), config).network()

    def find(*overrides):
        try:
            check_unchanged(*check(config, overrides).network(), *old)
        except ConfigError as error:
            return {p.path: p.message for p in error.problems}
        return {}

    return find


def message(was, now):
    return (
        f"a run cannot change this when it is resumed: it was {was}, and is {now}.\n"
        "Start a new run with another --out."
    )


def test_the_kept_configuration_is_the_same(faults):
    assert faults() == {}


def test_what_may_change(faults):
    assert not faults(
        "train.epochs=9", "train.optimizer.lr=1", "train.threads=1", "train.schedule=constant",
        "train.clip_norm=1", "train.log_every=1", "train.early_stopping.metric=train_loss",
        "train.optimizer.momentum=0.5", "name=other",
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
        ("train.optimizer.momentum=0", "train.optimizer", "sgd with momentum",
         "sgd without momentum"),
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


@pytest.mark.parametrize(
    "override",
    [
        "data.name=mnist", "data.validation=100", "data.size=8", "train.init=xavier",
        "train.kernels=direct", "train.average=ema", "train.last_batch=drop", "train.accumulate=2",
        "train.mixup=0.2", "train.class_weights=balanced", "data.sampler=balanced",
    ],
)  # fmt: skip
def test_every_other_setting_that_stays(faults, override):
    assert faults(override).keys() - {"architecture"} == {override.split("=")[0]}


def test_all_of_it_at_once(faults):
    found = faults("train.seed=9", "data.normalise=false", "architecture=INPUT-FC")
    assert list(found) == ["architecture", "data.normalise", "train.seed"]


STOPPING = "train.early_stopping={metric: train_loss, patience: 2}"


@pytest.mark.parametrize(
    ("before", "now", "watch", "finished"),
    [
        ((STOPPING,), (STOPPING,), Watch(0.5, 2, True), True),
        ((STOPPING,), (STOPPING, "train.epochs=9"), Watch(0.5, 2, True), True),
        ((STOPPING,), ("train.early_stopping.patience=3", STOPPING), Watch(0.5, 2, True), True),
        ((STOPPING,), (STOPPING, "train.early_stopping.patience=3"), Watch(0.5, 2, False), False),
        ((STOPPING,), (STOPPING, "train.early_stopping.patience=1"), Watch(0.5, 2, True), True),
        ((STOPPING,), (), Watch(), False),
        ((STOPPING,), (STOPPING, "train.early_stopping.metric=lr"), Watch(), False),
        ((STOPPING,), (STOPPING, "train.early_stopping.mode=max"), Watch(), False),
    ],
)
def test_what_a_run_that_stopped_early_remembers(complete, before, now, watch, finished):
    progress = Progress(step=14, watch=Watch(0.5, 2, True), finished=True)
    adapt(progress, complete(*now), complete(*before))
    assert (progress.watch, progress.finished) == (watch, finished)


KNOWN = Best("validation_loss", 0.5, 0.25, 2, 14)


@pytest.mark.parametrize(
    ("known", "override", "kept", "said"),
    [
        (KNOWN, None, True, []),
        (KNOWN, "validation_loss", True, []),
        (KNOWN, "validation_accuracy", False,
         ["the best network is looked for anew, by validation accuracy"]),
        (Best(accuracy=0.5), None, True, []),
        (Best(accuracy=0.5), "validation_accuracy", False,
         ["the best network is looked for anew, by validation accuracy"]),
    ],
)  # fmt: skip
def test_the_best_network_belongs_to_its_metric(complete, known, override, kept, said):
    """Versions that recorded no metric took the first epoch of a tie."""
    progress = Progress(step=14, best=known)
    assert adapt(progress, complete(f"train.best={override or 'null'}"), complete()) == said
    assert progress.best == (known if kept else Best(override))


@pytest.mark.parametrize(("epochs", "finished"), [(2, True), (3, True), (4, False)])
def test_more_epochs_make_a_finished_run_unfinished(complete, epochs, finished):
    progress = Progress(step=21, finished=True)
    adapt(progress, complete(f"train.epochs={epochs}"), complete())
    assert progress.finished == finished


@pytest.mark.parametrize(
    ("override", "kept"),
    [
        ("train.epochs=9", True), ("train.clip_norm=1", True), ("train.threads=1", True),
        ("train.optimizer.lr=0.01", False), ("train.schedule=constant", False),
        ("train.on_divergence={name: rollback, times: 9}", False),
    ],
)  # fmt: skip
def test_rollbacks_belong_to_the_rates_that_made_them(complete, override, kept):
    rolled = "train.on_divergence=rollback"
    progress = Progress(step=7, rollbacks=2, lr_factor=0.25)
    adapt(progress, complete(rolled, override), complete(rolled))
    assert (progress.rollbacks, progress.lr_factor) == ((2, 0.25) if kept else (0, 1.0))
