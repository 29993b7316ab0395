"""Runs of an earlier version are resumed to the same bits, and its checkpoints judged as before.

Bits depend on NumPy and on the kernels that its BLAS chooses for the processor; run.json names
both. Where they are those of the recording, numbers are compared to the bit, elsewhere within
TOLERANCE. former/README.md says how the files were made.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file
from threadpoolctl import threadpool_info

from cnncli.cli.main import cli
from tests.training.recorded import metrics

FORMER = Path(__file__).parent / "former"
DATA = Path(__file__).parents[2] / "data"
TOLERANCE = 1e-5
"""Of an array's largest number, or of a metric. The kernels of five kinds of processors, and those
of NumPy 1.26, differ by less."""


def cnn(*arguments):
    """What a command prints."""
    result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.stdout


def resume(config, run):
    cnn("train", config, "--resume", "--out", run, "--set", f"data.root={DATA}", "--quiet")


def tolerance(name):
    """0 where NumPy and its BLAS are those of the recording; other libraries may be loaded too."""
    recorded = json.loads((FORMER / name / "interrupted" / "run.json").read_text())["versions"]
    keys = recorded["blas"][0].keys()
    blas = [{key: library.get(key) for key in keys} for library in threadpool_info()]
    is_same = recorded["numpy"] == np.__version__ and recorded["blas"][0] in blas
    return 0 if is_same else TOLERANCE


def nearly(values, relative):
    """A mapping that one with slightly other fractions is equal to."""
    return {
        key: pytest.approx(value, rel=relative, abs=0) if isinstance(value, float) else value
        for key, value in values.items()
    }


def assert_is_the_whole_run(run, name):
    """Its arrays and metrics are those of the run that was never interrupted."""
    whole, relative = FORMER / name / "whole", tolerance(name)
    found, expected = (load_file(path / "last.safetensors") for path in (run, whole))
    assert found.keys() == expected.keys()
    for array, values in expected.items():
        if relative:
            atol = relative * np.abs(values).max()
            np.testing.assert_allclose(found[array], values, rtol=0, atol=atol, err_msg=array)
        else:
            assert found[array].shape == values.shape
            assert found[array].tobytes() == values.tobytes(), array
    assert metrics(run) == [nearly(line, relative) for line in metrics(whole)]


@pytest.fixture
def copy(tmp_path):
    """copy(name) -> the directory of that interrupted run, to be changed."""
    return lambda name: shutil.copytree(FORMER / name / "interrupted", tmp_path / name)


@pytest.mark.parametrize("config", ["written", "recorded"])
@pytest.mark.parametrize("name", ["small", "kinds"])
def test_an_interrupted_run_is_resumed_to_the_same_bits(copy, name, config):
    """With the file that was written for it, and with the complete one that the run recorded."""
    run = copy(name)
    resume(FORMER / f"{name}.yaml" if config == "written" else run / "config.yaml", run)
    assert_is_the_whole_run(run, name)


def test_a_damaged_checkpoint_gives_way_to_the_one_before(copy):
    """Which is of the end of an epoch, and leads to the same bits."""
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
    path, name = FORMER / f"{checkpoint}.safetensors", checkpoint.split("/")[0]
    options = ("--json", "--threads", 1, "--data", DATA, "--split", split)
    found = json.loads(cnn("eval", path, *options))
    expected = json.loads((FORMER / f"{checkpoint}.json").read_text())
    assert list(found)[: len(expected)] == list(expected)
    assert {key: found[key] for key in expected} == nearly(expected, tolerance(name)) | {
        "checkpoint": str(path)
    }
