"""Runs of an earlier version are resumed to the same numbers, and checkpoints judged as before.

But for rounding: bits depend on NumPy, on the kernels that its BLAS chooses for the processor, and
on the order in which this version takes sums. former/README.md says how the files were made.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from cnncli.cli.main import cli
from tests.training.drawn_sets import write_archive, write_folder
from tests.training.recorded import metrics

FORMER = Path(__file__).parent / "former"
DATA = Path(__file__).parents[2] / "data"
TOLERANCE = 1e-5
"""Of an array's largest number, or of a metric. The kernels of five kinds of processors, those of
NumPy 1.26 and those of the version that made the files differ by less."""


def cnn(*arguments):
    """What a command prints."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def resume(config, run, root=DATA):
    cnn("train", config, "--resume", "--out", run, "--set", f"data.root={root}", "--quiet")


def nearly(values):
    """A mapping that one with slightly other fractions is equal to."""
    return {
        key: pytest.approx(value, rel=TOLERANCE, abs=0) if isinstance(value, float) else value
        for key, value in values.items()
    }


def assert_is_the_whole_run(run, name):
    """Its arrays and metrics are those of the run that was never interrupted."""
    whole = FORMER / name / "whole"
    found, expected = (load_file(path / "last.safetensors") for path in (run, whole))
    assert found.keys() == expected.keys()
    for array, values in expected.items():
        atol = TOLERANCE * np.abs(values).max()
        np.testing.assert_allclose(found[array], values, rtol=0, atol=atol, err_msg=array)
    assert metrics(run) == [nearly(line) for line in metrics(whole)]


@pytest.fixture
def copy(tmp_path):
    """copy(name) -> the directory of that interrupted run, to be changed."""
    return lambda name: shutil.copytree(FORMER / name / "interrupted", tmp_path / name)


@pytest.mark.parametrize("config", ["written", "recorded"])
@pytest.mark.parametrize("name", ["small", "kinds"])
def test_an_interrupted_run_is_resumed_to_the_same_numbers(copy, name, config):
    """With the file that was written for it, and with the complete one that the run recorded."""
    run = copy(name)
    resume(FORMER / f"{name}.yaml" if config == "written" else run / "config.yaml", run)
    assert_is_the_whole_run(run, name)


def test_a_damaged_checkpoint_gives_way_to_the_one_before(copy):
    """Which is of the end of an epoch, and leads to the same numbers."""
    run = copy("small")
    last = run / "last.safetensors"
    last.write_bytes(last.read_bytes()[:-1])
    resume(run / "config.yaml", run)
    assert_is_the_whole_run(run, "small")


@pytest.mark.parametrize(
    ("checkpoint", "split"),
    [
        ("small/whole/last", "test"),
        ("small/interrupted/best", "validation"),
        ("kinds/whole/last", "test"),
    ],
)
def test_a_checkpoint_is_judged_as_before(checkpoint, split):
    """Counts of images are the same on every machine; the loss is a sum of rounded numbers.

    What this version adds stands behind what was recorded.
    """
    assert_is_judged(checkpoint, split, FORMER / f"{checkpoint}.json", DATA)


def assert_is_judged(checkpoint, split, expected, root):
    path = FORMER / f"{checkpoint}.safetensors"
    options = ("--json", "--threads", 1, "--data", root, "--split", split)
    found, expected = json.loads(cnn("eval", path, *options)), json.loads(expected.read_text())
    assert list(found)[: len(expected)] == list(expected)
    assert {key: found[key] for key in expected} == nearly(expected) | {"checkpoint": str(path)}


@pytest.fixture
def without_test(tmp_path):
    """The roots of the sets of one's own that have no part to test on."""
    write_folder(tmp_path / "sets" / "folder")
    write_archive(tmp_path / "sets" / "set.npz")
    return {"folder": tmp_path / "sets" / "folder", "archive": tmp_path / "sets" / "set.npz"}


@pytest.mark.parametrize("config", ["written", "recorded"])
@pytest.mark.parametrize("name", ["folder", "archive"])
def test_a_run_keeps_every_fifth_image_to_test_on(copy, without_test, name, config):
    """To the same numbers and figures, those of the test at the end too."""
    run = copy(name)
    path = FORMER / f"{name}.yaml" if config == "written" else run / "config.yaml"
    resume(path, run, without_test[name])
    assert_is_the_whole_run(run, name)


@pytest.mark.parametrize("split", ["test", "validation"])
@pytest.mark.parametrize("name", ["folder", "archive"])
def test_a_checkpoint_is_judged_on_every_fifth_image(without_test, name, split):
    expected = FORMER / name / "whole" / f"{split}.json"
    assert_is_judged(f"{name}/whole/last", split, expected, without_test[name])
