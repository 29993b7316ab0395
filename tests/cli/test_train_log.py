"""`train.log` through the commands: a run keeps it, and each of several runs has its own files."""

import pytest
import yaml

from tests.cli.commands import succeed, write_config
from tests.loggers.event_reading import expected, read

pytestmark = pytest.mark.logs

LOG = "train.log=tensorboard"
SWEEP = """
base: tiny.yaml
set: {train.log: tensorboard}
space: {train.optimizer.lr: [0.1, 0.2]}
budget: {trials: 2}
pruner: {halving: {epochs: 1, factor: 2}}
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_config(tmp_path)


def logs_of(folder):
    """The folders in there with event files, each of which has what it should have."""
    found = sorted({path.parent for path in folder.rglob("*tfevents*")})
    for run in found:
        assert read(run) == expected(run)
    return [run.relative_to(folder).as_posix() for run in found]


def test_a_resumed_run_keeps_its_loggers(config, tmp_path):
    run = tmp_path / "runs" / "tiny-1"
    succeed("train", config, "--max-steps", 2)
    assert not [*run.glob("*tfevents*")]
    result = succeed("train", config, "--resume", "--max-steps", 4, "--set", LOG)
    assert "  - train.log: []\n  + train.log: [tensorboard]  (this command)\n" in result.stderr
    assert yaml.safe_load((run / "config.yaml").read_text())["train"]["log"] == ["tensorboard"]
    assert logs_of(tmp_path) == ["runs/tiny-1"]
    result = succeed("train", config, "--resume")
    assert "changed since" not in result.stderr
    assert logs_of(tmp_path) == ["runs/tiny-1"]
    assert "test/accuracy" in {tag for tag, _, _ in read(run)}
    result = succeed("train", config, "--resume", "--epochs", 3, "--set", "train.log=[]")
    assert "  + train.log: []" in result.stderr


def test_the_file_names_it(config, tmp_path):
    config.write_text(config.read_text().replace("epochs: 2", "epochs: 2, log: [tensorboard]"))
    succeed("train", config, "--out", "run")
    assert logs_of(tmp_path) == ["run"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (("--seeds", "0-1"), ["seed-0", "seed-1"]),
        (("--seeds", "0-1", "--jobs", 2), ["seed-0", "seed-1"]),
        (("--folds", 2), ["fold-1", "fold-2"]),
    ],
)
def test_several_runs(config, tmp_path, options, names):
    succeed("train", config, "--set", LOG, "--out", "set", *options)
    assert logs_of(tmp_path) == [f"set/{name}" for name in names]


def test_a_sweep(config, tmp_path):
    """Of two trials one goes on, and its file is written anew."""
    (tmp_path / "sweep.yaml").write_text(SWEEP)
    succeed("sweep", "sweep.yaml", "--out", "sweep")
    assert logs_of(tmp_path) == ["sweep/trial-00000", "sweep/trial-00001"]
    assert len({step for _, step, _ in read(tmp_path / "sweep" / "trial-00000")}) > 0


@pytest.mark.parametrize("option", ["--smoke", "--preview"])
def test_what_does_not_stay(config, tmp_path, option):
    before = {*tmp_path.iterdir()}
    succeed("train", config, "--set", LOG, option)
    assert {*tmp_path.iterdir()} == before


def test_a_smoke_run_that_stays(config, tmp_path):
    """It is resumed after half of its steps."""
    succeed("train", config, "--set", LOG, "--smoke", "--out", "run")
    assert logs_of(tmp_path) == ["run"]


def test_a_link_is_not_followed(config, tmp_path):
    """In a folder that others write to, somebody has put one at such a name."""
    secret, run = tmp_path / "secret", tmp_path / "run"
    secret.write_text("mine")
    succeed("train", config, "--out", run, "--set", LOG, "--max-steps", 2)
    (run / "events.out.tfevents.00002.cnn").symlink_to(secret)
    result = succeed("train", config, "--out", run, "--resume")
    assert secret.read_text() == "mine"
    assert (
        "warning: train.log: tensorboard has failed, and logs nothing until the run is resumed; "
        f"the run goes on: {run}/events.out.tfevents.00002.cnn: is a link to {secret}; name the "
        "file itself, or move the link away\n"
    ) in result.stderr


def test_verify_resume(config, tmp_path):
    before = {*tmp_path.iterdir()}
    succeed("verify-resume", config, "--set", LOG)
    assert {*tmp_path.iterdir()} == before
