"""One pipeline: what commands that show and commands that compute find in a file."""

from pathlib import Path

import numpy as np
import pytest

from cnncli.check.check import check, check_recorded, check_text
from cnncli.errors import DataError, TargetMissed
from cnncli.problems import ConfigError

FILE = Path("f.yaml")


def found(text, **options):
    return check_text(text, FILE, **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"", ":1:1: the file is empty; it needs an architecture"),
        (b"a: [", ":1:5: a value is missing here, or a bracket is not closed"),
    ],
)
def test_a_file_that_cannot_be_read(tmp_path, content, message):
    """One problem to be shown, and the same one to be raised."""
    file = tmp_path / "f.yaml"
    if content is not None:
        file.write_bytes(content)
    checked = check(file)
    (problem,) = checked.problems
    assert message in str(problem)
    assert not checked.valid
    with pytest.raises(ConfigError) as caught:
        checked.network()
    assert caught.value.problems == (problem,)


def test_every_error_is_raised_and_no_warning():
    text = "architecture: INPUT(8x8x1) -> POOL(F=5) -> RELU -> RELU -> FC-3\ntrain: {epochs: 0}\n"
    checked = found(text, needs_data=True)
    with pytest.raises(ConfigError) as caught:
        checked.network()
    raised = caught.value.problems
    assert [problem.path for problem in raised] == [
        "data", "architecture: pool1", "train.epochs",
    ]  # fmt: skip
    (warning,) = set(checked.problems) - set(raised)
    assert (warning.layer, warning.severity) == ("relu2", "warning")


def test_own_data_that_are_not_there(tmp_path):
    """A warning for those who only look at the network, an error for those who compute with it."""
    text = f"data: {{name: npz, root: {tmp_path}/x.npz}}\narchitecture: INPUT(8x8x1) -> FC-3\n"
    checked = found(text)
    (problem,) = checked.problems
    assert (problem.path, problem.severity) == ("data", "warning")
    assert problem.message.endswith(".\nThe network is checked without its data set.")
    assert checked.valid
    assert checked.step
    with pytest.raises(DataError) as caught:
        checked.network()
    assert f"{caught.value}.\nThe network" in problem.message
    with pytest.raises(ConfigError, match="epochs"):  # what stands in the file comes first
        found(f"{text}train: {{epochs: 0}}\n").network()


@pytest.mark.parametrize(
    "data",
    [
        "{name: npz, root: nowhere.npz}",
        "{name: folder, root: nowhere, size: 4x4x3}",
        "{name: csv, root: nowhere.csv}",
        "{name: digits, size: 8x8x1}",
        "{name: digits, mean: 127}",
        "{name: digits, bogus: 1}",
        "{name: nosuch}",
        "nosuch",
        "5",
        "",
    ],
)
@pytest.mark.parametrize("needs_data", [False, True])
def test_nothing_is_said_that_follows_from_the_data(data, needs_data):
    """Sizes, classes and metrics of validation images are not known then, which is no fault."""
    text = (
        f"data: {data}\narchitecture: INPUT -> CONV3-4 -> FC\n"
        "train: {early_stopping: {metric: validation_loss}}\n"
    )
    checked = check_text(text, Path("net.yaml"), needs_data=needs_data)
    (problem,) = checked.problems
    assert problem.path.split(".")[0] == "data"
    assert problem.severity == "error"
    with pytest.raises(DataError if "nowhere" in data else ConfigError):
        checked.network()


def test_a_metric_of_validation_images_that_a_set_brings(tmp_path):
    images, labels = np.zeros((2, 4, 4), np.uint8), [0, 1]
    parts = {f"{k}_{part}": v for part in ("train", "test", "val")
             for k, v in (("x", images), ("y", labels))}  # fmt: skip
    np.savez(tmp_path / "x.npz", **parts)
    text = (
        f"data: {{name: npz, root: {tmp_path}/x.npz}}\narchitecture: INPUT -> FC\n"
        "train: {early_stopping: {metric: validation_loss}}\n"
    )
    assert found(text).problems == ()


def test_limits_and_maps_are_for_training():
    limited = found("architecture: INPUT(8x8x1) -> FC-3\nlimits: {parameters: 10}\n")
    assert limited.network()[1].classes == 3
    with pytest.raises(TargetMissed, match=r"limits\.parameters: 195 is more than the limit of 10"):
        limited.trainable()
    sliding = found("architecture: INPUT(8x8x1) -> CONV3-4\n")
    assert sliding.network()[1].classes == 4
    with pytest.raises(ConfigError, match="the class scores are 8x8x4; training needs 1x1xK"):
        sliding.trainable()


def test_limits_are_those_of_the_files_own_batch():
    text = "architecture: INPUT(8x8x1) -> FC-3\ntrain: {batch_size: 4}\n"
    text += "limits: {train_memory: 1 MiB}\n"
    checked = found(text, batch=100_000)
    assert checked.step.images == 100_000
    assert checked.step.memory.total > 1 << 20
    assert not checked.over


def test_a_recorded_configuration_is_judged_by_its_shapes():
    """A converted network has no FC any more, and its data set may be elsewhere."""
    text = (
        "data: {name: npz, root: /nowhere.npz}\n"
        "architecture: INPUT(8x8x1) -> CONV(K=3, F=8, P=0)\n"
        "train: {groups: [{layers: FC, lr: 2}]}\n"
    )
    assert check_recorded(text, FILE).network()[1].classes == 3
    assert not found(text.split("\n", 1)[1]).valid
