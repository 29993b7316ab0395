"""What may stand in the folder of a sweep in the place of its files: refused in a line."""

import json
import os
import shutil

import pytest

from cnncli.sweep.work.shared_folder import SharedFolder
from tests.cli.commands import refusal, succeed
from tests.sweep.work.sweeps import write_sweep


def make_link(path):
    path.symlink_to("/etc/passwd")


LINK = "is a link to /etc/passwd; name the file itself, or move the link away"
PIPE = "is a pipe, not a file; name another, or move it away"


@pytest.fixture
def begun(tmp_path):
    """A sweep of two trials whose second is still to be trained."""
    file = write_sweep(tmp_path, trials=2, epochs=1)
    folder = SharedFolder(tmp_path / "out")
    succeed("sweep", file, "--out", folder.path, "--quiet")
    shutil.rmtree(folder.trial(1))
    return file, folder.path


@pytest.mark.parametrize(
    ("name", "make", "told"),
    [
        (".lock", make_link, LINK),
        ("sweep.json", make_link, LINK),
        ("sweep.json", os.mkfifo, PIPE),
        ("sweep.yaml", os.mkfifo, PIPE),
        ("best.yaml", make_link, LINK),
        ("trial-00001/.lock", make_link, LINK),
        ("trial-00001/worker.json", make_link, LINK),
        ("trial-00001/trial.json", os.mkfifo, PIPE),
        ("trial-00001/last.safetensors", make_link, LINK),
    ],
)
def test_what_is_no_file(begun, name, make, told):
    file, out = begun
    path = out / name
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    make(path)
    said = refusal("sweep", file, "--out", out, "--quiet", status=6)
    assert said == f"{path}: {told}\n"
    path.unlink()
    if name != "sweep.json":  # without which no sweep has begun there
        if name == "sweep.yaml":
            shutil.copy(file, path)
        succeed("sweep", file, "--out", out, "--quiet")


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "epoch"},
        {"kind": "epoch", "epoch": "1"},
        {"kind": "epoch", "epoch": 1, "validation_accuracy": "all", "seconds": "few"},
        {"kind": "epoch", "epoch": 2, "validation_accuracy": [1], "seconds": None},
    ],
    ids=str,
)
def test_metrics_that_no_run_has_written(begun, line):
    """They count as if they were not there, or without the number."""
    file, out = begun
    trial = out / "trial-00000"
    result = json.loads((trial / "trial.json").read_text())
    (trial / "trial.json").write_text(json.dumps({**result, "state": "begun", "rungs": []}))
    with open(trial / "metrics.jsonl", "a") as metrics:
        metrics.write(json.dumps({"step": 1, **line}) + "\n")
    status = succeed("sweep", file, "--out", out, "--status").stdout
    assert status.startswith("sweep: not complete, 1 of 2 trials: 1 waiting; by")
    shown = succeed("sweep", file, "--out", out, "--quiet").stdout
    assert shown.startswith("sweep: complete, 2 trials: 2 finished; by")


def test_a_file_that_is_called_like_a_trial(begun):
    file, out = begun
    (out / "trial-00001").write_text("")
    said = refusal("sweep", file, "--out", out, "--quiet", status=6)
    assert said == (
        f"{out / 'trial-00001'}: is not a folder; move it away, or give another --out\n"
    )


def test_trials_that_nobody_asked_for(begun):
    file, out = begun
    shutil.copytree(out / "trial-00000", out / "trial-999999999")
    shutil.copytree(out / "trial-00000", out / "trial-0")
    found = succeed("sweep", file, "--out", out, "--quiet").stdout
    assert found.startswith("sweep: complete, 2 trials: 2 finished; by")
