"""Two runs that begin in one directory: the second never touches the first one's."""

import subprocess
import sys

import pytest

from cnncli.training.storage import directory
from cnncli.training.tools import launch, smoke
from tests.cli.commands import call, write_config
from tests.training.recorded import metrics, saved

TAKEN = "run holds a run already; --resume continues it, another --out starts anew"


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return write_config(tmp_path)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def let_another_run_be_first(monkeypatch, config, run, *options):
    """It begins and ends after it was seen that nothing is there, and before the lock."""
    kept = {}

    def create(out, name):
        made = directory.create(out, name)
        for module in (launch, smoke):
            monkeypatch.setattr(module, "create", directory.create)
        result = call("train", config, "--threads", 1, *options)
        assert result.exit_code == 0, result.stderr
        kept.update(content(run))
        return made

    for module in (launch, smoke):
        monkeypatch.setattr(module, "create", create)
    return kept


@pytest.mark.parametrize("kind", [(), ("--smoke",)])
def test_another_run_is_over_before_the_lock(config, tmp_path, monkeypatch, kind):
    run = tmp_path / "run"
    kept = let_another_run_be_first(monkeypatch, config, run, "--out", "run")
    result = call("train", config, "--out", "run", "--threads", 1, *kind)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, TAKEN)
    assert len(kept) >= 7
    assert content(run) == kept


def test_another_process_resumes_what_was_just_made(config, tmp_path, monkeypatch):
    run = tmp_path / "runs" / "tiny-1"
    kept = let_another_run_be_first(monkeypatch, config, run, "--resume")
    result = call("train", config, "--threads", 1)
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (2, f"runs/tiny-1{TAKEN[3:]}")
    assert content(run) == kept


def test_several_at_once(config, tmp_path):
    """One of them trains, as if it were alone."""
    command = [sys.executable, "-m", "cnncli", "train", config.name, "--threads", "1", "--out"]
    started = [
        subprocess.Popen([*command, "run"], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    told = {process.communicate()[1].splitlines()[-1]: process.returncode for process in started}
    assert sorted(process.returncode for process in started) == [0, 2, 2]
    lost = [line for line, status in told.items() if status]
    assert all(line == TAKEN or line.startswith("run: process ") for line in lost), told
    subprocess.run([*command, "alone"], check=True, capture_output=True)
    assert saved(tmp_path / "run") == saved(tmp_path / "alone")
    assert metrics(tmp_path / "run") == metrics(tmp_path / "alone")


@pytest.mark.parametrize("name", ["config.yaml", "metrics.jsonl"])
def test_a_file_of_somebody_elses_is_no_run(config, tmp_path, name):
    """It is in a folder that is to be resumed, and has the name of a run's file."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("mine")
    result = call("train", config, "--out", "mine", "--resume")
    assert (result.exit_code, result.stderr) == (
        2, f"mine/{name}: is not of a run, as there is no run.json beside it; give another --out\n",
    )  # fmt: skip
    assert content(folder) == {name: b"mine", ".lock": b""}
