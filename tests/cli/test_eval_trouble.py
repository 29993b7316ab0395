"""`cnn eval` of what cannot be judged."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from cnncli.training.storage.checkpoint import Checkpoint
from tests.cli.commands import call, refusal


@pytest.fixture
def changed(trained, tmp_path):
    """changed(part=value...) -> the run's last checkpoint with other parts, saved."""
    path = tmp_path / "changed.safetensors"

    def save(**parts):
        replace(Checkpoint.load(trained.out / "last.safetensors"), **parts).save(path)
        return path

    return save


def test_a_split_that_no_set_has(trained):
    stderr = refusal("eval", trained.out, "--split", "dev", status=2)
    assert "'dev' is not one of 'train', 'validation', 'test'" in stderr


def test_a_configuration_is_no_checkpoint(trained):
    assert refusal("eval", trained.config, status=4) == (
        f"{trained.config}: not a checkpoint; give a run's directory, "
        "or a .safetensors file in it\n"
    )


def test_a_folder_in_place_of_the_checkpoint(trained, tmp_path):
    (tmp_path / "last.safetensors").mkdir()
    stderr = refusal("eval", tmp_path, status=4)
    assert stderr == f"{tmp_path}/last.safetensors: there is no such checkpoint\n"


def test_a_run_without_its_best_is_judged_at_its_last(trained, tmp_path):
    shutil.copytree(trained.out, tmp_path / "run")
    (tmp_path / "run" / "best.safetensors").unlink()
    last = call("eval", trained.out / "last.safetensors")
    assert call("eval", tmp_path / "run").stdout == last.stdout


def test_a_configuration_that_this_version_does_not_know(trained, changed):
    config = Checkpoint.load(trained.out / "last.safetensors").config
    path = changed(config=config.replace("epochs:", "epoch:"))
    stderr = refusal("eval", path, status=4)
    lines = stderr.splitlines()
    assert lines[0] == f"{path}: its configuration has problems:"
    assert lines[1].startswith(f"{path}:")
    assert lines[1].endswith(": train.epoch: unknown key 'epoch'; did you mean epochs?")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            "#" * 2_000_000,
            "1:1: the file is larger than 1 MiB; a configuration is a short text",
        ),
        ("\0", "1:1: the character U+0000 is not allowed in a text; remove it"),
    ],
    ids=range(2),
)
def test_a_configuration_that_no_file_may_hold(changed, content, says):
    path = changed(config=content)
    stderr = refusal("eval", path, status=4)
    assert stderr == f"{path}: its configuration has problems:\n{path}:{says}\n"


def test_arrays_of_another_network(trained, changed):
    arrays = Checkpoint.load(trained.out / "last.safetensors").arrays
    path = changed(arrays=arrays | {"parameters/fc1.b": np.zeros(7, np.float32)})
    assert refusal("eval", path, status=4) == (
        f"{path}: a checkpoint of another network:\n"
        "  parameters/fc1.b: the network has 10 float32, the file 7 float32\n"
    )


def test_a_network_that_has_diverged(trained, changed):
    arrays = dict(Checkpoint.load(trained.out / "last.safetensors").arrays)
    arrays["parameters/fc1.W"] = np.full_like(arrays["parameters/fc1.W"], np.nan)
    stderr = refusal("eval", changed(arrays=arrays), "--json", status=5)
    assert stderr.startswith("the loss of the test split is nan, first in fc1.W: ")


def test_a_smoke_run_on_noise(tmp_path):
    path = tmp_path / "net.yaml"
    path.write_text("architecture: INPUT(4x4x1)-FC-3\n")
    assert call("train", path, "--smoke", "--out", tmp_path / "run").exit_code == 0
    assert refusal("eval", tmp_path / "run", status=3) == (
        f"{tmp_path}/run/best.safetensors: learned from noise in a smoke run; there is nothing to "
        "judge it on\n"
    )


def test_the_number_of_threads_changes_nothing(trained):
    one, three = (call("eval", trained.out, "--threads", count) for count in (1, 3))
    assert one.stdout == three.stdout
