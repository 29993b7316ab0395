"""The smoke run: few images, and every part of a real run."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cnncli.check.check import check
from cnncli.data.load import load as load_data
from cnncli.datasets.sets import data_sets
from cnncli.errors import CheckpointError, DataError
from cnncli.training.storage.checkpoint import Checkpoint
from cnncli.training.storage.directory import RunDirectory
from cnncli.training.storage.resume import resume_run
from cnncli.training.tools import smoke as module
from cnncli.training.tools.smoke import few_images, smoke
from tests.training.silent import Silent


@pytest.fixture
def of(tmp_path):
    """of(text of a configuration) -> its specification and its graph."""

    def make(text):
        path = tmp_path / "net.yaml"
        path.write_text(text)
        return check(path).network()

    return make


def test_noise_for_a_network_without_a_data_set(of):
    text = "architecture: INPUT(9x7x2)-FC-5\n"
    dataset = few_images(*of(text))
    assert (dataset.name, dataset.stand_in_for) == ("noise", None)
    assert dataset.classes == ("0", "1", "2", "3", "4")
    assert dataset.train.images.shape[1:] == (7, 9, 2)
    assert set(dataset.train.labels) == set(range(5))
    assert 120 < dataset.train.images.mean() < 135
    assert few_images(*of(text)).digest == dataset.digest


def test_the_first_images_of_the_set(config):
    """Whatever `limit` and `validation` say, and none of them both learned and held out."""
    spec, graph = check(config).network()
    whole = load_data(
        replace(spec.data, validation=0, limit=None), download=False, notify=lambda text: None
    )
    dataset = few_images(spec, graph)
    count = len(dataset.train.labels)
    assert dataset.name == "digits"
    assert 1 < count == len(dataset.validation.labels) < 100
    np.testing.assert_array_equal(dataset.train.images, whole.train.images[:count])
    np.testing.assert_array_equal(dataset.validation.images, whole.train.images[-count:])
    np.testing.assert_array_equal(
        dataset.test.labels, whole.test.labels[: len(dataset.test.labels)]
    )


@pytest.mark.parametrize("name", ["digits", "mnist", "cifar10", "cifar100"])
def test_noise_for_a_set_that_is_not_there(of, tmp_path, name):
    dataset = few_images(*of(f"data: {{name: {name}, root: {tmp_path}}}\narchitecture: INPUT-FC\n"))
    assert dataset.name == "noise"
    assert len(dataset.classes) == {"cifar100": 100}.get(name, 10)


def test_noise_has_the_classes_that_may_be_named(of, tmp_path):
    names = data_sets()["cifar10"].description.classes
    weights = ", ".join(f"{name}: {k + 1}" for k, name in enumerate(names))
    spec, graph = of(
        f"data: {{name: cifar10, root: {tmp_path}}}\narchitecture: INPUT-FC\n"
        f"train: {{class_weights: {{{weights}}}}}\n"
    )
    directory = RunDirectory(tmp_path)
    smoke(spec, graph, few_images(spec, graph), directory, Silent())
    assert Checkpoint.load(directory.last).data.classes == names


def test_damaged_files_are_not_passed_over(of, tmp_path):
    for part in ("images-idx3", "labels-idx1"):
        (tmp_path / f"digits-{part}-ubyte").write_bytes(b"\0\0\x08")
    with pytest.raises(DataError, match="expected an IDX header"):
        few_images(*of(f"data: {{name: digits, root: {tmp_path}}}\narchitecture: INPUT-FC\n"))


def test_everything_is_done(config, tmp_path):
    spec, graph = check(config).network()
    directory = RunDirectory(tmp_path)
    evaluation = smoke(spec, graph, few_images(spec, graph), directory, Silent())
    lines = [json.loads(line) for line in directory.metrics.read_text().splitlines()]
    assert [line["kind"] for line in lines if line["kind"] != "step"] == ["epoch", "test"]
    assert "validation_accuracy" in lines[-2]
    assert lines[-1]["test_loss"] == evaluation.loss
    last = Checkpoint.load(directory.last)
    assert last.progress.finished
    assert last.progress.step == lines[-1]["step"] > 1
    assert directory.best.exists()


def test_a_resumed_run_must_stand_where_it_was_saved(config, tmp_path, monkeypatch):
    def elsewhere(*arguments):
        resumed = resume_run(*arguments)
        resumed.saved.checkpoint.progress.step += 1
        return resumed

    monkeypatch.setattr(module, "resume_run", elsewhere)
    spec, graph = check(config).network()
    with pytest.raises(CheckpointError, match=r"last\.safetensors: not at step \d+, where it was"):
        smoke(spec, graph, few_images(spec, graph), RunDirectory(tmp_path), Silent())


@pytest.mark.parametrize(("train", "images"), [("{}", 6), ("{accumulate: 16}", 48)])
def test_batches_are_large_enough_for_batchnorm(of, tmp_path, train, images):
    """As a real run's are, of all the images; a network that costs much is tried on six."""
    spec, graph = of(f"architecture: INPUT(4x4x1)-FC-4-BN-FC-3\ntrain: {train}\n")
    noise = few_images(spec, graph)
    dataset = replace(noise, train=noise.train.part(slice(images)))
    smoke(spec, graph, dataset, RunDirectory(tmp_path), Silent())
