"""What may be wrong beside the shapes: metrics, groups, borders, memory."""

from dataclasses import replace
from pathlib import Path

import pytest

from cnncli.check import rules
from cnncli.check.check import check_text
from cnncli.check.rules import check_memory
from cnncli.config.load import load_text
from cnncli.geometry import Volume
from cnncli.graph.build import build
from cnncli.problems import ConfigError
from tests.messages import error_text

FILE = Path("f.yaml")
NETWORK = (
    "architecture: INPUT(8x8x2) -> CONV-4(name=first) -> BN -> RELU -> CONV-4(name=second)"
    " -> FC-3\n"
)


def watching(metric, data):
    rule = f"{{early_stopping: {{metric: {metric}}}}}"
    text = f"data: {data}\narchitecture: INPUT-FC\ntrain: {rule}\n"
    return [str(problem) for problem in check_text(text, FILE).problems]


def test_a_metric_must_be_recorded():
    assert watching("validation_loss", "{name: digits, validation: 10}") == []
    assert watching("train_loss", "digits") == []
    assert watching("validation_loss", "digits") == [
        "f.yaml:3:34: train.early_stopping.metric: no epoch records "
        "'validation_loss'; there are train_loss, train_accuracy, seconds, images_per_second, "
        "lr, gradient_norm.\n"
        "  Set data.validation to the number of images to hold out for it."
    ]
    (problem,) = watching("f1", "{name: digits, validation: 10}")
    assert "no epoch records 'f1'" in problem


HOLD_OUT = "Set data.validation to the number of images to hold out for it"


@pytest.mark.parametrize(
    ("metric", "meant"),
    [
        ("validation_los", "validation_loss"),
        ("val_accuracy", "validation_accuracy"),
        ("train_acuracy", "train_accuracy"),
        ("Validation_Loss", "validation_loss"),
    ],
)
def test_a_metric_that_was_meant(metric, meant):
    said = (
        f"f.yaml:3:34: train.early_stopping.metric: no epoch records {metric!r}; did you mean "
        f"{meant}?"
    )
    assert watching(metric, "{name: digits, validation: 10}") == [said]
    assert watching(meant, "{name: digits, validation: 10}") == []
    more = f"\n  {HOLD_OUT}." if meant.startswith("validation") else ""
    assert watching(metric, "digits") == [said + more]


def choosing(metric, data):
    text = f"data: {data}\narchitecture: INPUT-FC\ntrain: {{best: {metric}}}\n"
    return [str(problem) for problem in check_text(text, FILE).problems]


@pytest.mark.parametrize("metric", ["validation_loss", "validation_accuracy"])
def test_a_best_network_without_images_to_choose_it_by(metric):
    """The remedies are both followed."""
    assert choosing(metric, "digits") == [
        "f.yaml:3:15: train.best: no images are held out to choose the best network by.\n"
        f"  {HOLD_OUT}, or leave train.best out."
    ]
    assert choosing(metric, "{name: digits, validation: 10}") == []
    assert choosing("null", "digits") == []


def test_a_metric_that_chooses_no_network():
    assert choosing("validation_los", "{name: digits, validation: 10}") == [
        "f.yaml:3:15: train.best: best must be validation_loss or validation_accuracy, not "
        "'validation_los'; did you mean validation_loss?"
    ]


@pytest.mark.parametrize(
    "data", ["{name: digit, validation: 10}", "{name: digits, validation: no}"]
)
def test_what_follows_from_a_section_at_fault_is_silent(data):
    """Whether images are held out is not known then, nor whether there are any."""
    for problems in (watching("validation_loss", data), choosing("validation_loss", data)):
        (problem,) = problems
        assert "data." in problem
    assert "there is no data set" not in str(check_text(f"data: {data}", FILE, needs_data=True))


@pytest.mark.parametrize(
    ("groups", "path", "message"),
    [
        (
            "[{layers: secnd}]",
            "train.groups[0].layers",
            "no layer is called 'secnd', nor a kind of layers with parameters; "
            "did you mean 'second'?",
        ),
        (
            "[{}, {layers: [BN, RELU]}]",
            "train.groups[1].layers",
            "'RELU' has no parameters to train",
        ),
        (
            "[{layers: BN, arrays: W}]",
            "train.groups[0].arrays",
            "no such array; these layers have beta, gamma",
        ),
        (
            "[{layers: zzz}]",
            "train.groups[0].layers",
            "no layer is called 'zzz', nor a kind of layers with parameters",
        ),
    ],
)
def test_groups_that_name_nothing(groups, path, message):
    (problem,) = check_text(f"{NETWORK}train: {{groups: {groups}}}\n", FILE).problems
    assert (problem.path, problem.message) == (path, message)
    assert problem.place.line == 2


def with_data(data):
    text = f"data: {{name: digits, {data}}}\narchitecture: INPUT -> FC\n"
    return check_text(text, Path("f.yaml")).network()[1]


@pytest.mark.parametrize(
    ("data", "path", "wide"),
    [
        ("augment: [flip, {crop: {pad: 8, border: reflect}}]", "data.augment[1]", 8),
        ("views: [{shift: 9}]", "data.views[0]", 9),
    ],
)
def test_too_wide(data, path, wide):
    with pytest.raises(ConfigError) as caught:
        with_data(data)
    (problem,) = caught.value.problems
    assert problem.path == path
    assert problem.place.line == 1
    assert problem.message == (
        f"images of 8x8 pixels can be mirrored for at most 7 pixels beyond their edge, not {wide}."
        "\nUse 7 or fewer, or border: zeros."
    )


@pytest.mark.parametrize(
    "data",
    [
        "augment: [{crop: {pad: 7, border: reflect}}]",
        "augment: [{crop: 20}]",
        "views: [{shift: {pixels: 9, border: zeros}}]",
    ],
)
def test_what_fits(data):
    assert with_data(data).image == (8, 8, 1)


GIB = 2**30


@pytest.fixture
def network(tmp_path):
    """network(batch_size): specification and graph, whose weights take 1 GiB."""

    def make(batch_size):
        text = f"architecture: INPUT-FC-1048576-FC\ntrain: {{batch_size: {batch_size}, threads: 1}}"
        spec = load_text(text, tmp_path / "f.yaml")
        return spec, build(spec, Volume(8, 8, 4), 10)

    return make


def test_more_than_the_machine_has(network, monkeypatch, tmp_path):
    monkeypatch.setattr(rules, "machine_memory", lambda: 2 * GIB)
    error = error_text(ConfigError, check_memory, *network(100), 1_000)
    assert error.startswith(
        f"{tmp_path}/f.yaml:2:21: train.batch_size: a training step on 100 images takes "
    )
    assert error.endswith(
        " GiB, and this machine has 2.0 GiB of memory.\n"
        "  Make train.batch_size, the images or the network smaller."
    )


def test_a_batch_has_no_more_images_than_there_are(network, monkeypatch):
    monkeypatch.setattr(rules, "machine_memory", lambda: 8 * GIB)
    check_memory(*network(10**9), 20)


def test_a_batch_that_wraps_around_is_always_whole(network, monkeypatch):
    monkeypatch.setattr(rules, "machine_memory", lambda: 8 * GIB)
    spec, graph = network(10**6)
    wrapping = replace(spec, train=replace(spec.train, last_batch="wrap"))
    with pytest.raises(ConfigError, match="a training step on 1,000,000 images takes "):
        check_memory(wrapping, graph, 20)


def test_a_system_that_does_not_tell(network, monkeypatch):
    monkeypatch.setattr(rules, "machine_memory", lambda: None)
    check_memory(*network(10**9), 10**9)
