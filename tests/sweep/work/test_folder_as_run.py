"""The folder of a sweep where one run is asked for, and files where it or a trial should be."""

import pytest

from tests.cli.commands import refusal, succeed
from tests.sweep.work.sweeps import write_sweep


@pytest.fixture
def out(tmp_path, monkeypatch):
    """A sweep's folder, called as the second run of the base would be."""
    file = write_sweep(tmp_path, trials=1, epochs=1)
    monkeypatch.chdir(tmp_path)
    succeed("sweep", file, "--out", "runs/net-2")
    return "runs/net-2"


@pytest.mark.parametrize("command", ["eval", "report"])
def test_it_has_no_network(out, command):
    said = f"{out}: holds several runs; name one of its directories\n"
    assert refusal(command, out, status=4) == said


def test_no_run_begins_in_it(out):
    told = refusal("train", "net.yaml", "--out", out, status=2)
    assert told == (
        f"{out} holds several runs already; `cnn sweep` continues it, another --out starts anew\n"
    )
    told = refusal("train", "net.yaml", "--seeds", "0-1", "--out", out, status=2)
    assert "`cnn sweep` continues it" in told
    told = refusal("train", "net.yaml", "--resume", "--out", out, status=2)
    assert told == f"{out} holds several runs; give the --out of one\n"


def test_it_is_no_run_to_resume(out):
    """Without --out the newest run of that name is resumed, which this is not."""
    told = succeed("train", "net.yaml", "--resume").stderr
    assert "in runs/net-3" in told


def test_a_file_where_a_folder_should_be(out, tmp_path):
    """The sweep's own, or a trial's: what is in the way is named, and moved away all goes on."""
    file = tmp_path / "sweep.yaml"
    said = "is not a folder; move it away, or give another --out\n"
    assert refusal("sweep", file, "--out", "net.yaml", status=6) == f"net.yaml: {said}"
    trial = tmp_path / out / "trial-00000"
    trial.rename(tmp_path / "kept")
    trial.write_text("")
    assert refusal("sweep", file, "--out", out, status=6) == f"{out}/trial-00000: {said}"
    trial.unlink()
    assert "complete, 1 trial: 1 finished" in succeed("sweep", file, "--out", out).stdout
