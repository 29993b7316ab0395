"""The folder of a sweep where one run is asked for: it is none, and holds several."""

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
