"""Without the extra, what is to be installed is said, before anything is made."""

import sys

import pytest

from tests.cli.commands import call, write_config

LOG = "train.log=tensorboard"
TOLD = (
    "train.log: tensorboard needs TensorBoard (No module named 'tensorboard'); install it: "
    "pip install 'cnncli[tensorboard]', or leave it out: --set train.log=[]\n"
)
SWEEP = """
base: tiny.yaml
set: {train.log: tensorboard}
space: {train.optimizer.lr: [0.1, 0.2]}
budget: {trials: 2}
"""


class Missing:
    """Finds no TensorBoard, wherever it may be."""

    def find_spec(self, name, path=None, target=None):
        if name == "tensorboard":
            raise ModuleNotFoundError(f"No module named {name!r}")


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    for name in [name for name in sys.modules if name.partition(".")[0] == "tensorboard"]:
        monkeypatch.delitem(sys.modules, name)
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    return write_config(tmp_path)


@pytest.mark.parametrize(
    "options", [(), ("--resume",), ("--smoke",), ("--seeds", "0-1"), ("--folds", "2")]
)
def test_training(config, tmp_path, options):
    files = {*tmp_path.iterdir()}
    result = call("train", config, "--set", LOG, *options)
    assert (result.exit_code, result.stderr.splitlines(True)[-1]) == (2, TOLD)
    assert {*tmp_path.iterdir()} == files


def test_a_sweep(config, tmp_path):
    result = call("sweep", "sweep.yaml", "--out", "sweep")
    assert (result.exit_code, result.stderr) == (2, TOLD)
    assert not (tmp_path / "sweep").exists()


def test_a_network_is_looked_at_without_it(config):
    """And a run without loggers is trained."""
    for command in ("shapes", "graph"):
        assert call(command, config, "--set", LOG).exit_code == 0
    result = call("train", config, "--set", LOG, "--set", "train.log=[]", "--max-steps", 1)
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("tensorbord", "unknown logger 'tensorbord'; there are tensorboard"),
        ("[tensorboard, tensorboard]", "tensorboard stands there twice"),
        ("[{tensorboard: 3}]", "tensorboard has no settings"),
        ("[3]", "must be tensorboard, not 3"),
        ("3", "must be a list, each element tensorboard, not 3"),
    ],
)
def test_what_is_no_logger(config, value, problem):
    result = call("shapes", config, "--set", f"train.log={value}")
    assert result.exit_code == 2
    assert problem in result.stderr.splitlines()[0]
